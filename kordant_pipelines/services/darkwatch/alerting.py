"""Raising the alerts that new exposures owe, and remembering what was told."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kordant_pipelines.domain.alerts import ExposureFacts
from kordant_pipelines.domain.breaches import Source
from kordant_pipelines.domain.exposures import AlertDraft, Exposure, owed_alerts
from kordant_pipelines.security.vault import UserCipher
from kordant_pipelines.services.darkwatch.answers import Answer
from kordant_pipelines.services.darkwatch.catalogue import load_breaches
from kordant_pipelines.services.outbox import enqueue
from kordant_pipelines.services.people import People
from kordant_pipelines.services.raising import store_alert
from kordant_pipelines.storage.models import (
    AlertExposureRow,
    ExposureRow,
    SubscriptionRow,
)

FACTS = TypeAdapter(tuple[ExposureFacts, ...])
"""How an alert's facts are written and read."""


def raise_alerts(
    session: Session,
    people: People,
    subscription: SubscriptionRow,
    run_id: str,
    now: datetime,
    answers: Sequence[Answer],
    first_looks: set[tuple[str, Source]],
) -> tuple[int, int]:
    """Raise what is owed for the items answered; return how many alerts and notifications.

    `first_looks` are the (item, source) pairs that were never answered before. The subscription's
    row must be locked.
    """
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
    alert_id = store_alert(
        session,
        cipher,
        subscription_id=subscription_id,
        run_id=run_id,
        now=now,
        kind=draft.kind,
        severity=draft.severity,
        dedupe_key=draft.dedupe_key,
        facts_json=FACTS.dump_json(draft.facts),
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
