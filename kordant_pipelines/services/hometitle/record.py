"""Recording a scan: documents, judgements, coverage, alerts and outbox in one transaction.

The subscription's row is locked for its length, so two scans of one subscription are put in order,
and unique keys (document, alert, notification, scan) hold whatever the order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kordant_pipelines.domain.coverage import Coverage, Outcome
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.title_judgement import judge
from kordant_pipelines.security.vault import UserCipher
from kordant_pipelines.services.coverage import store_coverage
from kordant_pipelines.services.hometitle.alerting import raise_title_alerts
from kordant_pipelines.services.hometitle.answers import PropertyAnswer
from kordant_pipelines.services.hometitle.documents import load_documents, merge_documents
from kordant_pipelines.services.hometitle.sealing import open_parties, seal_compared
from kordant_pipelines.services.outbox import enqueue
from kordant_pipelines.services.people import People
from kordant_pipelines.services.subscriptions import require_active
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import PropertyCheckRow, PropertyRow, SubscriptionRow


@dataclass
class Recorded:
    """How much a scan added: found is all the registers listed, the rest is what was new."""

    found: int = 0
    new_documents: int = 0
    changed_documents: int = 0
    alerts: int = 0
    questions: int = 0
    notifications: int = 0
    coverage: list[Coverage] = field(default_factory=list[Coverage])


@dataclass(frozen=True, slots=True)
class _Scan:
    """What stays the same over the properties of one scan."""

    session: Session
    people: People
    cipher: UserCipher
    subscription: SubscriptionRow
    run_id: str
    now: datetime


def record_titles(
    database: Database,
    people: People,
    now: datetime,
    *,
    subscription_id: str,
    run_id: str,
    answers: Sequence[PropertyAnswer],
) -> Recorded:
    """Write what a scan learned, whole or not at all.

    Raises:
        UnknownSubscription, InactiveSubscription: it went away meanwhile; nothing was written.
    """
    recorded = Recorded()
    with database.transaction() as session:
        subscription = require_active(session, subscription_id, lock=True)
        cipher = people.cipher_of(session, subscription_id)
        scan = _Scan(session, people, cipher, subscription, run_id, now)
        live = _live(session, subscription_id)
        for answer in sorted(answers, key=lambda a: a.property_id):
            if answer.property_id in live:
                _record_property(scan, live[answer.property_id], answer, recorded)
        if not live:
            # The subscription stands for the property it does not name.
            recorded.coverage.append(
                Coverage(
                    item_id=subscription_id,
                    source=None,
                    outcome=Outcome.UNCOVERED,
                    reason="no_property_watched",
                    permanent=True,
                )
            )
        store_coverage(session, Job.HOMETITLE, subscription_id, run_id, now, recorded.coverage)
    return recorded


def _live(session: Session, subscription_id: str) -> Mapping[str, PropertyRow]:
    rows = session.scalars(
        select(PropertyRow).where(
            PropertyRow.subscription_id == subscription_id, PropertyRow.removed_at.is_(None)
        )
    )
    return {row.id: row for row in rows}


def _record_property(
    scan: _Scan, row: PropertyRow, answer: PropertyAnswer, recorded: Recorded
) -> None:
    session = scan.session
    held = load_documents(session, scan.cipher, row.id, answer.parcel.register)
    coverage = answer.coverage(len(held))
    recorded.coverage += coverage
    check = session.get(PropertyCheckRow, (row.id, answer.parcel.register))
    if coverage[0].outcome is not Outcome.CHECKED or answer.said is None:
        return
    recorded.found += len(answer.said.documents)
    # A check from the future was written by a host whose clock is wrong; it must not hold for ever.
    if check is not None and answer.asked_at <= check.checked_at <= scan.now:
        return
    watched_since = row.created_at.date() if check is None else None
    fresh, new = merge_documents(
        session,
        scan.people,
        scan.cipher,
        property_id=row.id,
        run_id=scan.run_id,
        now=scan.now,
        held=held,
        said=answer.said.documents,
        watched_since=watched_since,
    )
    recorded.new_documents += new
    recorded.changed_documents += len(fresh) - new
    _store_check(scan, answer)
    parties = open_parties(scan.cipher, row)
    others = [one.document for number, one in held.items() if number not in fresh]
    judgements = judge([one.document for one in fresh.values()], others, parties)
    known = {**held, **fresh}
    for judged in judgements:
        for document in judged.documents:
            stored = known[document.number].row
            stored.judged = judged.reason
            stored.compared_sealed = (
                seal_compared(scan.cipher, judged.compared) if judged.compared else None
            )
    raised = raise_title_alerts(
        session,
        scan.cipher,
        subscription_id=scan.subscription.id,
        run_id=scan.run_id,
        now=scan.now,
        property_id=row.id,
        masked=answer.parcel.masked,
        judgements=judgements,
        rows={number: one.row for number, one in known.items()},
        watched_since=watched_since,
    )
    recorded.alerts += len(raised.keys)
    recorded.questions += raised.questions
    if raised.keys:
        recorded.notifications += enqueue(session, scan.subscription.user_id, raised.keys, scan.now)


def _store_check(scan: _Scan, answer: PropertyAnswer) -> None:
    good_through = answer.said.good_through if answer.said else None
    values = {
        "checked_at": answer.asked_at,
        "good_through": good_through,
        "run_id": scan.run_id,
    }
    scan.session.execute(
        insert(PropertyCheckRow)
        .values(property_id=answer.property_id, source=answer.parcel.register, **values)
        .on_conflict_do_update(
            index_elements=[PropertyCheckRow.property_id, PropertyCheckRow.source], set_=values
        )
    )
