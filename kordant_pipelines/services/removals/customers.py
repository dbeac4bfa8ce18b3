"""What people do about removals: authorise them, see how they stand, do what they are asked."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.errors import RefusedInput, UnknownSubscription
from kordant_pipelines.domain.removals.brokers import Broker
from kordant_pipelines.domain.removals.replies import EVENTS, MailKind
from kordant_pipelines.domain.removals.requests import admits
from kordant_pipelines.domain.removals.states import Event, State
from kordant_pipelines.services.people import People
from kordant_pipelines.services.removals.brokers import Brokers
from kordant_pipelines.services.removals.file import RequestFile, open_missing
from kordant_pipelines.services.removals.profiles import Profile, load_person, store_profile
from kordant_pipelines.services.subscriptions import require_active
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import (
    BrokerRow,
    RemovalRequestRow,
    RemovalTaskRow,
    SubscriptionRow,
    TaskKind,
)

BY_HAND = "by_hand"
"""The run id of what a person did."""


@dataclass(frozen=True, slots=True)
class RequestSummary:
    """A request as a list shows it: no personal data."""

    id: str
    broker: str
    generation: int
    state: State
    state_since: datetime
    deadline: datetime | None
    looked_at: datetime | None
    listed: bool | None
    customer_saw: bool | None
    next_action: str
    next_at: datetime


@dataclass(frozen=True, slots=True)
class Task:
    """What a person is asked to do, with the broker's facts that help."""

    id: str
    subscription_id: str
    kind: TaskKind
    reason: str | None
    broker: Broker
    created_at: datetime


class Removals:
    """Removals as people meet them."""

    def __init__(self, database: Database, people: People, brokers: Brokers, clock: Clock) -> None:
        self._database = database
        self._people = people
        self._brokers = brokers
        self._clock = clock

    def start(self, subscription_id: str, profile: Profile) -> int:
        """Take the customer's authorisation and open a request to each broker; how many are new.

        Called again, it replaces the profile and adds what is missing.

        Raises:
            UnknownSubscription, InactiveSubscription: nothing may run for it.
            Misconfigured: the broker registry is wrong.
        """
        brokers = self._brokers.all()
        with self._database.transaction() as session:
            require_active(session, subscription_id, lock=True)
            now = self._clock()
            cipher = self._people.cipher_of(session, subscription_id)
            store_profile(session, cipher, subscription_id, profile, now)
            person = load_person(session, cipher, subscription_id)
            return open_missing(session, subscription_id, person, brokers, now) if person else 0

    def of(self, subscription_id: str) -> Sequence[RequestSummary]:
        """A subscription's live requests, by broker.

        Raises:
            UnknownSubscription: there is none with this id.
        """
        with self._database.transaction() as session:
            if session.get(SubscriptionRow, subscription_id) is None:
                raise UnknownSubscription(subscription_id)
            file = RequestFile(session, subscription_id, self._clock(), BY_HAND)
            return sorted(
                (
                    RequestSummary(
                        id=entry.row.id,
                        broker=entry.broker.key,
                        generation=entry.request.generation,
                        state=entry.request.state,
                        state_since=entry.request.state_since,
                        deadline=entry.request.deadline,
                        looked_at=entry.request.looked_at,
                        listed=entry.request.listed,
                        customer_saw=entry.request.customer_saw,
                        next_action=entry.step.action.value,
                        next_at=entry.step.at,
                    )
                    for entry in file
                ),
                key=lambda summary: summary.broker,
            )

    def funnel(self) -> dict[State, int]:
        """All requests by state; ended generations count as REAPPEARED, and stay counted."""
        with self._database.transaction() as session:
            counts = Counter(session.scalars(select(RemovalRequestRow.state)))
        return {state: counts[state] for state in State}

    def tasks(self, subscription_id: str | None = None) -> Sequence[Task]:
        """What people are asked to do and have not done, oldest first."""
        statement = (
            select(RemovalTaskRow, RemovalRequestRow.subscription_id, BrokerRow.facts)
            .join(RemovalRequestRow, RemovalRequestRow.id == RemovalTaskRow.request_id)
            .join(BrokerRow, BrokerRow.key == RemovalRequestRow.broker_key)
            .where(RemovalTaskRow.done_at.is_(None))
            .order_by(RemovalTaskRow.created_at, RemovalTaskRow.id)
        )
        if subscription_id is not None:
            statement = statement.where(RemovalRequestRow.subscription_id == subscription_id)
        with self._database.transaction() as session:
            return [
                Task(
                    row.id,
                    subscription,
                    row.kind,
                    row.reason,
                    Broker.model_validate(facts),
                    row.created_at,
                )
                for row, subscription, facts in session.execute(statement)
            ]

    def done(
        self, task_id: str, *, listed: bool | None = None, said: MailKind | None = None
    ) -> State:
        """Take in that a task was done; return the request's state after it.

        `listed` is what the customer saw, for a LOOK; `said` is what an operator read in the
        broker's mail, for a REVIEW.

        Raises:
            RefusedInput: there is no such open task, or what was found is not said.
        """
        with self._database.transaction() as session:
            now = self._clock()
            row = session.get(RemovalTaskRow, task_id)
            if row is None:
                raise _no_such_task(task_id)
            request = session.get_one(RemovalRequestRow, row.request_id)
            # Rows are locked in the order every run locks them: requests first.
            file = RequestFile(session, request.subscription_id, now, BY_HAND)
            session.refresh(row, with_for_update=True)
            if row.done_at is not None:
                raise _no_such_task(task_id)
            if row.kind is TaskKind.LOOK and listed is None:
                raise RefusedInput(
                    f"Task {task_id!r} asks whether the profile is still there: say --listed or "
                    "--gone."
                )
            row.done_at = now
            entry = file.get(request.id)
            if entry is None:
                return request.state
            if listed is not None:
                file.hear(entry, listed=listed)
            event = _event_of(row.kind, said)
            if event and admits(entry.request, event, now):
                file.happen(entry, event, reason=BY_HAND)
            file.save()
            return entry.request.state


def _event_of(kind: TaskKind, said: MailKind | None) -> Event | None:
    if kind is TaskKind.FILE:
        return Event.CUSTOMER_FILED
    return EVENTS.get(said) if kind is TaskKind.REVIEW and said else None


def _no_such_task(task_id: str) -> RefusedInput:
    return RefusedInput(
        f"There is no open task {task_id!r}. `kordant removals tasks` shows those there are."
    )
