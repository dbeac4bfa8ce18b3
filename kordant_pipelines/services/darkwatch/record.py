"""Recording a scan: exposures, coverage, alerts and outbox in one transaction.

The subscription's row is locked for its length, so two scans of one subscription are put in order,
and unique keys (exposure, alert, notification, scan) hold whatever the order.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kordant_pipelines.domain.alerts import ExposureFacts
from kordant_pipelines.domain.breaches import Source
from kordant_pipelines.domain.coverage import Coverage, Outcome
from kordant_pipelines.domain.exposures import AlertDraft, Exposure, Finding, owed_alerts
from kordant_pipelines.domain.scan_plan import Lookup
from kordant_pipelines.security.vault import UserCipher
from kordant_pipelines.services.darkwatch.catalogue import load_breaches, upsert_breaches
from kordant_pipelines.services.outbox import enqueue
from kordant_pipelines.services.people import FACTS_COLUMN, People
from kordant_pipelines.services.subscriptions import require_active
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import (
    AlertExposureRow,
    AlertRow,
    CoverageRow,
    ExposureRow,
    ItemCheckRow,
    ScanRow,
    SubscriptionRow,
    WatchItemRow,
)

FACTS = TypeAdapter(tuple[ExposureFacts, ...])


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a lookup; `masked` is how the identifier's owner will see it.

    Whatever was found counts, but only an answer that is CHECKED says that there is no more.
    """

    lookup: Lookup
    masked: str
    answered_at: datetime
    findings: Sequence[Finding]
    coverage: Coverage

    @property
    def is_whole(self) -> bool:
        """Whether the source told all it knows."""
        return self.coverage.outcome is Outcome.CHECKED


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
        alerts, notifications = _raise_alerts(
            session, people, subscription, run_id, now, answers, first_looks
        )
        coverage = [c for c in (*(a.coverage for a in answers), *settled) if c.item_id in live]
        _store_coverage(session, subscription_id, run_id, now, coverage)
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


def _raise_alerts(
    session: Session,
    people: People,
    subscription: SubscriptionRow,
    run_id: str,
    now: datetime,
    answers: Sequence[Answer],
    first_looks: set[tuple[str, Source]],
) -> tuple[int, int]:
    exposures = _load_exposures(session, answers)
    drafts = owed_alerts(
        exposures, first_looks, now.date(), include_unverified=subscription.include_unverified
    )
    if not drafts:
        return 0, 0
    cipher = people.cipher_of(session, subscription.id)
    raised = [d for d in drafts if _store_alert(session, cipher, subscription.id, run_id, now, d)]
    by_id = {e.id: e for e in exposures}
    for draft in drafts:
        _mark_told(session, (by_id[i] for i in draft.exposure_ids))
    keys = [d.dedupe_key for d in raised]
    return len(raised), enqueue(session, subscription.user_id, keys, now)


def _load_exposures(session: Session, answers: Sequence[Answer]) -> list[Exposure]:
    masked = {a.lookup.item_id: a.masked for a in answers}
    rows = session.scalars(
        select(ExposureRow).where(ExposureRow.item_id.in_(masked), ExposureRow.cleared_at.is_(None))
    ).all()
    breaches = load_breaches(session, {(r.source, r.breach_key) for r in rows})
    return [
        Exposure(
            id=row.id,
            item_id=row.item_id,
            masked=masked[row.item_id],
            breach=breaches[row.source, row.breach_key],
            data_classes=frozenset(row.data_classes),
            alerted_classes=frozenset(row.alerted_classes),
        )
        for row in rows
    ]


def _store_alert(
    session: Session,
    cipher: UserCipher,
    subscription_id: str,
    run_id: str,
    now: datetime,
    draft: AlertDraft,
) -> bool:
    alert_id = session.scalar(
        insert(AlertRow)
        .values(
            subscription_id=subscription_id,
            kind=draft.kind,
            severity=draft.severity,
            dedupe_key=draft.dedupe_key,
            facts_sealed=cipher.encrypt(FACTS.dump_json(draft.facts).decode(), FACTS_COLUMN),
            raised_at=now,
            run_id=run_id,
        )
        .on_conflict_do_nothing(index_elements=[AlertRow.dedupe_key])
        .returning(AlertRow.id)
    )
    if alert_id is None:
        return False
    session.execute(
        insert(AlertExposureRow),
        [{"alert_id": alert_id, "exposure_id": i} for i in draft.exposure_ids],
    )
    return True


def _mark_told(session: Session, exposures: Iterable[Exposure]) -> None:
    for exposure in exposures:
        told = exposure.alerted_classes | exposure.data_classes
        session.execute(
            update(ExposureRow)
            .where(ExposureRow.id == exposure.id)
            .values(alerted_classes=sorted(told))
        )


def _store_coverage(
    session: Session,
    subscription_id: str,
    run_id: str,
    now: datetime,
    coverage: Sequence[Coverage],
) -> None:
    complete = all(row.outcome is not Outcome.NOT_CHECKED for row in coverage)
    statement = insert(ScanRow).values(
        run_id=run_id,
        subscription_id=subscription_id,
        job="darkwatch_scan",
        scanned_at=now,
        complete=complete,
    )
    scan_id = session.scalar(
        statement.on_conflict_do_update(
            index_elements=[ScanRow.run_id, ScanRow.subscription_id],
            set_={"scanned_at": now, "complete": complete},
        ).returning(ScanRow.id)
    )
    session.execute(delete(CoverageRow).where(CoverageRow.scan_id == scan_id))
    if coverage:
        session.execute(
            insert(CoverageRow),
            [
                {
                    "scan_id": scan_id,
                    "item_id": row.item_id,
                    "source": row.source,
                    "outcome": row.outcome,
                    "reason": row.reason,
                    "as_of": row.as_of,
                }
                for row in coverage
            ],
        )
