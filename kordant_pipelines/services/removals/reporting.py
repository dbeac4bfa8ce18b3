"""What a report tells of removals: where each listing stood at a moment, by the record."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kordant_pipelines.domain.removals.brokers import Broker
from kordant_pipelines.domain.removals.clocks import Regime, response_deadline
from kordant_pipelines.domain.removals.states import Event, State
from kordant_pipelines.domain.reports.sections import (
    Absence,
    BrokerListing,
    Brokers,
    BrokerStage,
)
from kordant_pipelines.storage.models import (
    BrokerRow,
    RemovalProfileRow,
    RemovalRequestRow,
    RemovalTransitionRow,
)

_STAGES = {
    State.SUBMITTING: BrokerStage.FOUND,
    State.AWAITING_EMAIL_CONFIRM: BrokerStage.SUBMITTED,
    State.SUBMITTED: BrokerStage.SUBMITTED,
    State.ACKNOWLEDGED: BrokerStage.ACKNOWLEDGED,
    State.VERIFYING: BrokerStage.ACKNOWLEDGED,
    State.OVERDUE: BrokerStage.SUBMITTED,
    State.ESCALATED: BrokerStage.SUBMITTED,
    State.REMOVED: BrokerStage.REMOVED,
    State.REAPPEARED: BrokerStage.REAPPEARED,
    State.NEEDS_USER_ACTION: BrokerStage.NEEDS_YOU,
    State.REJECTED: BrokerStage.REFUSED,
    State.FAILED: BrokerStage.REFUSED,
}
"""PENDING is FOUND once a look found the person; NOT_FOUND is no listing."""

_REACHED = frozenset({Event.ACCEPTED, Event.CONFIRMED, Event.CUSTOMER_FILED})


def gather_removals(
    session: Session, subscription_id: str, moments: Sequence[datetime]
) -> Brokers | Absence:
    """The listings as they stood at the last of `moments`; how many were not removed at each."""
    if session.get(RemovalProfileRow, subscription_id) is None:
        return Absence.NOTHING_WATCHED
    files = _files(session, subscription_id)
    stood = [[one for one in (_at(file, moment) for file in files) if one] for moment in moments]
    listed = [sum(one.stage is not BrokerStage.REMOVED for one in then) for then in stood]
    return Brokers(listings=stood[-1], history=listed)


_File = tuple[RemovalRequestRow, Broker, list[RemovalTransitionRow]]


def _files(session: Session, subscription_id: str) -> list[list[_File]]:
    """Each broker's requests with what happened to them, oldest generation first."""
    requests = session.execute(
        select(RemovalRequestRow, BrokerRow.facts)
        .join(BrokerRow, BrokerRow.key == RemovalRequestRow.broker_key)
        .where(RemovalRequestRow.subscription_id == subscription_id)
        .order_by(RemovalRequestRow.broker_key, RemovalRequestRow.generation)
    ).all()
    happened: dict[str, list[RemovalTransitionRow]] = {}
    for row in session.scalars(
        select(RemovalTransitionRow)
        .where(RemovalTransitionRow.request_id.in_([request.id for request, _ in requests]))
        .order_by(RemovalTransitionRow.id)
    ):
        happened.setdefault(row.request_id, []).append(row)
    files: dict[str, list[_File]] = {}
    for request, facts in requests:
        broker = Broker.model_validate(facts)
        files.setdefault(broker.key, []).append((request, broker, happened.get(request.id, [])))
    return list(files.values())


def _at(generations: Iterable[_File], moment: datetime) -> BrokerListing | None:
    known = [one for one in generations if one[0].created_at < moment]
    if not known:
        return None
    request, broker, happened = known[-1]
    past = [row for row in happened if row.at < moment]
    state = past[-1].to_state if past else State.PENDING
    since = past[-1].at if past else request.created_at
    if state is State.PENDING:
        # Of a later generation, its predecessor's return is what there is to tell.
        seen = request.looked_at is not None and request.looked_at < moment and request.listed
        again = request.generation > 1
        stage = BrokerStage.REAPPEARED if again else BrokerStage.FOUND if seen else None
    else:
        stage = _STAGES.get(state)
    if stage is None:
        return None
    return BrokerListing(
        broker=broker.name,
        stage=stage,
        since=since.date(),
        deadline=None if state is State.VERIFYING else _last_day(request, broker, past),
    )


def _last_day(
    request: RemovalRequestRow, broker: Broker, past: Sequence[RemovalTransitionRow]
) -> date | None:
    reached = [row.at for row in past if row.event in _REACHED]
    if not reached:
        return None
    events = {row.event for row in past}
    late = response_deadline(
        Regime(request.regime),
        broker.method,
        reached[-1],
        acknowledged=bool(
            events & {Event.BROKER_ACKNOWLEDGED, Event.BROKER_EXTENDED, Event.CUSTOMER_FILED}
        ),
        extended=Event.BROKER_EXTENDED in events,
    )
    # It is noon of the day after, so that the day is over everywhere.
    return (late - timedelta(hours=12, microseconds=1)).date()
