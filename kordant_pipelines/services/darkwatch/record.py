"""Recording a scan: exposures, coverage, alerts and outbox in one transaction.

The subscription's row is locked for its length, so two scans of one subscription are put in order,
and unique keys (exposure, alert, notification, scan) hold whatever the order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kordant_pipelines.domain.breaches import Source
from kordant_pipelines.domain.coverage import Coverage
from kordant_pipelines.services.coverage import store_coverage
from kordant_pipelines.services.darkwatch.alerting import raise_alerts
from kordant_pipelines.services.darkwatch.answers import Answer
from kordant_pipelines.services.darkwatch.catalogue import upsert_breaches
from kordant_pipelines.services.people import People
from kordant_pipelines.services.subscriptions import require_active
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import (
    ExposureRow,
    ItemCheckRow,
    WatchItemRow,
)

JOB = "darkwatch_scan"


@dataclass(frozen=True, slots=True)
class Recorded:
    """How much a scan added: found is all the sources listed, the rest is what was new."""

    found: int
    new_exposures: int
    cleared: int
    alerts: int
    notifications: int


def record_scan(
    database: Database,
    people: People,
    now: datetime,
    *,
    subscription_id: str,
    run_id: str,
    catalogue_version: int | None,
    answers: Sequence[Answer],
    settled: Sequence[Coverage],
) -> Recorded:
    """Write what a scan learned, whole or not at all.

    Raises:
        UnknownSubscription, InactiveSubscription: it went away meanwhile; nothing was written.
    """
    with database.transaction() as session:
        subscription = require_active(session, subscription_id, lock=True)
        live = set(
            session.scalars(
                select(WatchItemRow.id).where(
                    WatchItemRow.subscription_id == subscription_id,
                    WatchItemRow.removed_at.is_(None),
                )
            )
        )
        answers = [a for a in answers if a.lookup.item_id in live]
        first_looks = _store_checks(session, run_id, catalogue_version, answers)
        upsert_breaches(session, [f.breach for a in answers for f in a.findings], replace=False)
        new = _store_exposures(session, subscription_id, run_id, now, answers)
        cleared = _clear_gone(session, now, answers)
        alerts, notifications = raise_alerts(
            session, people, subscription, run_id, now, answers, first_looks
        )
        coverage = [c for c in (*(a.coverage for a in answers), *settled) if c.item_id in live]
        store_coverage(session, JOB, subscription_id, run_id, now, coverage)
        return Recorded(
            found=sum(len(a.findings) for a in answers),
            new_exposures=new,
            cleared=cleared,
            alerts=alerts,
            notifications=notifications,
        )


def _store_checks(
    session: Session, run_id: str, catalogue_version: int | None, answers: Sequence[Answer]
) -> set[tuple[str, Source]]:
    """Record the whole answers; return the (item, source) pairs that had none before."""
    asked = {(a.lookup.item_id, a.lookup.source) for a in answers if a.is_whole or a.findings}
    known = session.execute(
        select(ItemCheckRow.item_id, ItemCheckRow.source).where(
            ItemCheckRow.item_id.in_({item for item, _ in asked})
        )
    )
    first_looks = asked - {(row.item_id, row.source) for row in known}
    whole = [a for a in answers if a.is_whole]
    if not whole:
        return first_looks
    statement = insert(ItemCheckRow).values(
        [
            {
                "item_id": a.lookup.item_id,
                "source": a.lookup.source,
                "checked_at": a.answered_at,
                "catalogue_version": catalogue_version if a.lookup.source is Source.HIBP else None,
                "run_id": run_id,
            }
            for a in whole
        ]
    )
    new = statement.excluded
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[ItemCheckRow.item_id, ItemCheckRow.source],
            set_={
                "checked_at": new.checked_at,
                "catalogue_version": new.catalogue_version,
                "run_id": new.run_id,
            },
            # A slower scan must not put an older answer over a newer one.
            where=ItemCheckRow.checked_at < new.checked_at,
        )
    )
    return first_looks


def _store_exposures(
    session: Session, subscription_id: str, run_id: str, now: datetime, answers: Sequence[Answer]
) -> int:
    rows = {
        (a.lookup.item_id, f.breach.source, f.breach.key): {
            "subscription_id": subscription_id,
            "item_id": a.lookup.item_id,
            "source": f.breach.source,
            "breach_key": f.breach.key,
            "data_classes": sorted(f.data_classes),
            "alerted_classes": [],
            "first_seen_at": now,
            "last_seen_at": a.answered_at,
            "first_run_id": run_id,
            "last_run_id": run_id,
        }
        for a in answers
        for f in a.findings
    }
    if not rows:
        return 0
    statement = insert(ExposureRow).values([rows[key] for key in sorted(rows)])
    new = statement.excluded
    result = session.execute(
        statement.on_conflict_do_update(
            index_elements=[ExposureRow.item_id, ExposureRow.source, ExposureRow.breach_key],
            set_={
                "data_classes": new.data_classes,
                "last_seen_at": new.last_seen_at,
                "last_run_id": new.last_run_id,
                "cleared_at": None,
            },
        ).returning(ExposureRow.first_run_id, ExposureRow.first_seen_at)
    )
    return sum(row.first_run_id == run_id and row.first_seen_at == now for row in result)


def _clear_gone(session: Session, now: datetime, answers: Sequence[Answer]) -> int:
    """Mark exposures that a source, asked with success, no longer lists."""
    cleared = 0
    for answer in (a for a in answers if a.is_whole):
        result = session.execute(
            update(ExposureRow)
            .where(
                ExposureRow.item_id == answer.lookup.item_id,
                ExposureRow.source == answer.lookup.source,
                ExposureRow.cleared_at.is_(None),
                ExposureRow.breach_key.not_in([f.breach.key for f in answer.findings]),
            )
            .values(cleared_at=now)
            .returning(ExposureRow.id)
        )
        cleared += len(result.all())
    return cleared
