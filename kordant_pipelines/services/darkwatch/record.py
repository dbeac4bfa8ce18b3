"""Recording a scan: exposures, coverage, alerts and outbox in one transaction.

The subscription's row is locked for its length, so two scans of one subscription are put in order,
and unique keys (exposure, alert, notification, scan) hold whatever the order.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kordant_pipelines.domain.breaches import Source
from kordant_pipelines.domain.coverage import Coverage
from kordant_pipelines.domain.scan_plan import Check
from kordant_pipelines.services.coverage import store_coverage
from kordant_pipelines.services.darkwatch.alerting import raise_alerts
from kordant_pipelines.services.darkwatch.answers import Answer
from kordant_pipelines.services.darkwatch.catalogue import merge_breaches
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
        coverage = [c for c in (*(a.coverage for a in answers), *settled) if c.item_id in live]
        checks = load_checks(session, live)
        answers = [a for a in answers if a.lookup.item_id in live and _is_news(a, checks, now)]
        held = _held(session, answers)
        asked = {(a.lookup.item_id, a.lookup.source) for a in answers}
        first_looks = asked - checks.keys() - {(item, source) for item, source, _ in held}
        _store_checks(session, run_id, catalogue_version, answers)
        merge_breaches(session, [f.breach for a in answers for f in a.findings])
        new = _store_exposures(session, subscription_id, run_id, now, answers, held)
        cleared = _clear_gone(session, now, answers)
        alerts, notifications = raise_alerts(
            session, people, subscription, run_id, now, answers, first_looks
        )
        store_coverage(session, JOB, subscription_id, run_id, now, coverage)
        return Recorded(
            found=sum(len(a.findings) for a in answers),
            new_exposures=new,
            cleared=cleared,
            alerts=alerts,
            notifications=notifications,
        )


def load_checks(session: Session, item_ids: Collection[str]) -> dict[tuple[str, Source], Check]:
    """The last whole answers sources gave about these items."""
    rows = session.scalars(select(ItemCheckRow).where(ItemCheckRow.item_id.in_(item_ids)))
    return {(r.item_id, r.source): Check(r.checked_at, r.catalogue_version) for r in rows}


def _is_news(answer: Answer, checks: Mapping[tuple[str, Source], Check], now: datetime) -> bool:
    """Whether nothing newer was recorded while this scan was under way.

    A check from the future was written by a host whose clock is wrong; it must not hold for ever.
    """
    held = checks.get((answer.lookup.item_id, answer.lookup.source))
    return held is None or held.checked_at < answer.asked_at or held.checked_at > now


def _held(
    session: Session, answers: Sequence[Answer]
) -> dict[tuple[str, Source, str], frozenset[str]]:
    """The kinds of data by (item, source, breach) that were known before these answers."""
    items = {a.lookup.item_id for a in answers}
    rows = session.scalars(select(ExposureRow).where(ExposureRow.item_id.in_(items)))
    return {(r.item_id, r.source, r.breach_key): frozenset(r.data_classes) for r in rows}


def _store_checks(
    session: Session, run_id: str, catalogue_version: int | None, answers: Sequence[Answer]
) -> None:
    rows = [
        {
            "item_id": a.lookup.item_id,
            "source": a.lookup.source,
            "checked_at": a.asked_at,
            "catalogue_version": catalogue_version if a.lookup.source is Source.HIBP else None,
            "run_id": run_id,
        }
        for a in answers
        if a.is_whole
    ]
    if not rows:
        return
    statement = insert(ItemCheckRow).values(rows)
    new = statement.excluded
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[ItemCheckRow.item_id, ItemCheckRow.source],
            set_={
                "checked_at": new.checked_at,
                "catalogue_version": new.catalogue_version,
                "run_id": new.run_id,
            },
        )
    )


def _store_exposures(
    session: Session,
    subscription_id: str,
    run_id: str,
    now: datetime,
    answers: Sequence[Answer],
    held: Mapping[tuple[str, Source, str], frozenset[str]],
) -> int:
    """Store what was found; return how much of it is new."""
    rows: dict[tuple[str, Source, str], dict[str, object]] = {}
    for answer in answers:
        for finding in answer.findings:
            key = (answer.lookup.item_id, finding.breach.source, finding.breach.key)
            # What an answer cut short leaves out is not taken back.
            left_out = frozenset[str]() if answer.is_whole else held.get(key, frozenset())
            rows[key] = {
                "subscription_id": subscription_id,
                "item_id": answer.lookup.item_id,
                "source": finding.breach.source,
                "breach_key": finding.breach.key,
                "data_classes": sorted(finding.data_classes | left_out),
                "alerted_classes": [],
                "first_seen_at": now,
                "last_seen_at": answer.asked_at,
                "first_run_id": run_id,
                "last_run_id": run_id,
            }
    if not rows:
        return 0
    statement = insert(ExposureRow).values([rows[key] for key in sorted(rows)])
    said = statement.excluded
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[ExposureRow.item_id, ExposureRow.source, ExposureRow.breach_key],
            set_={
                "data_classes": said.data_classes,
                "last_seen_at": said.last_seen_at,
                "last_run_id": said.last_run_id,
                "cleared_at": None,
            },
        )
    )
    return len(rows.keys() - held.keys())


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
