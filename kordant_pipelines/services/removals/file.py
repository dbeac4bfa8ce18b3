"""One subscription's requests in a transaction: read as the rules see them, written back."""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kordant_pipelines.domain.removals.brokers import Broker
from kordant_pipelines.domain.removals.clocks import Regime, regime_of
from kordant_pipelines.domain.removals.people import Person
from kordant_pipelines.domain.removals.references import new_reference
from kordant_pipelines.domain.removals.requests import Request, advance, looked, parent_stands, told
from kordant_pipelines.domain.removals.states import Event, State
from kordant_pipelines.domain.removals.steps import Step, next_step
from kordant_pipelines.storage.models import (
    BrokerRow,
    RemovalRequestRow,
    RemovalTaskRow,
    RemovalTransitionRow,
    TaskKind,
)

_OF_THE_BROKER = frozenset({"method", "sight", "parent"})
_STORED = [f.name for f in fields(Request) if f.name not in _OF_THE_BROKER | {"confirmable"}]

TASK_OF = {
    State.NEEDS_USER_ACTION: TaskKind.FILE,
    State.ESCALATED: TaskKind.COMPLAIN,
    State.FAILED: TaskKind.REVIEW,
    State.REJECTED: TaskKind.REVIEW,
}
"""What a person is asked to do about a request that comes to one of these states."""


@dataclass
class Entry:
    """A request under way: its row, its broker's facts, and its state as the rules see it."""

    row: RemovalRequestRow
    broker: Broker
    request: Request

    @property
    def step(self) -> Step:
        """What comes next for it."""
        return next_step(self.request)


class RequestFile:
    """All live requests of one subscription, their rows locked until the transaction ends."""

    def __init__(self, session: Session, subscription_id: str, now: datetime, run_id: str) -> None:
        self._session = session
        self._subscription_id = subscription_id
        self._now = now
        self._run_id = run_id
        self._entries = {entry.row.id: entry for entry in self._load()}
        self._place_children()

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def get(self, request_id: str) -> Entry | None:
        """The live request with this id."""
        return self._entries.get(request_id)

    def happen(self, entry: Entry, event: Event, *, reason: str | None = None) -> None:
        """Let an event happen that the request admits, and record it. `reason` is a code."""
        self._become(entry, advance(entry.request, event, self._now), event, reason)

    def see(self, entry: Entry, *, listed: bool, at: datetime) -> None:
        """Take in what an independent look saw."""
        after, event = looked(entry.request, at, listed=listed)
        if event is None:
            entry.request = after
        else:
            self._become(entry, after, event, None)

    def hear(self, entry: Entry, *, listed: bool) -> None:
        """Take in what the customer says they saw. It is their word: it removes nothing."""
        after, event = told(entry.request, self._now, listed=listed)
        if event is None:
            entry.request = after
        else:
            self._become(entry, after, event, None)

    def ask(self, entry: Entry, kind: TaskKind, reason: str | None = None) -> None:
        """Ask a person; while they are asked already, nothing is added."""
        self._session.execute(
            insert(RemovalTaskRow)
            .values(request_id=entry.row.id, kind=kind, reason=reason, created_at=self._now)
            .on_conflict_do_nothing()
        )

    def remind(self, entry: Entry) -> None:
        """Have what the customer is asked to file be told again."""
        self._session.execute(
            update(RemovalTaskRow)
            .where(
                RemovalTaskRow.request_id == entry.row.id,
                RemovalTaskRow.kind == TaskKind.FILE,
                RemovalTaskRow.done_at.is_(None),
            )
            .values(told_at=None)
        )

    def save(self) -> None:
        """Write every request and when its next step is due."""
        self._place_children()
        for entry in self:
            for name in _STORED:
                setattr(entry.row, name, getattr(entry.request, name))
            entry.row.next_at = entry.step.at
            if not entry.request.confirmable:
                entry.row.link_sealed = None
        self._session.flush()

    def postpone(self, entry: Entry, until: datetime) -> None:
        """After `save`: have the subscription's next run no earlier for this request's sake."""
        entry.row.next_at = until

    def _load(self) -> Iterator[Entry]:
        rows = self._session.execute(
            select(RemovalRequestRow, BrokerRow.facts)
            .join(BrokerRow, BrokerRow.key == RemovalRequestRow.broker_key)
            .where(
                RemovalRequestRow.subscription_id == self._subscription_id,
                RemovalRequestRow.next_at.is_not(None),
            )
            .order_by(RemovalRequestRow.id)
            .with_for_update(of=RemovalRequestRow)
            .execution_options(populate_existing=True)
        ).all()
        for row, facts in rows:
            broker = Broker.model_validate(facts)
            stored = {name: getattr(row, name) for name in _STORED}
            request = Request(
                method=broker.method,
                sight=broker.sight,
                confirmable=row.link_sealed is not None,
                **stored,
            )
            yield Entry(row, broker, request)

    def _place_children(self) -> None:
        states = {entry.broker.key: entry.request.state for entry in self}
        for entry in self:
            parent = entry.broker.covered_by
            stands = parent_stands(states.get(parent) if parent else None)
            entry.request = replace(entry.request, parent=stands)

    def _become(self, entry: Entry, after: Request, event: Event, reason: str | None) -> None:
        before = entry.request
        self._session.add(
            RemovalTransitionRow(
                request_id=entry.row.id,
                from_state=before.state,
                event=event,
                to_state=after.state,
                at=self._now,
                run_id=self._run_id,
                reason=reason,
            )
        )
        if event is Event.REOPENED:
            entry.row = self._next_generation(entry, after)
        entry.request = after
        if after.state is not before.state:
            self._close_tasks(entry)
        kind = TASK_OF.get(after.state)
        if kind and event is not Event.UNDELIVERABLE:  # that is the broker's trouble, told once
            self.ask(entry, kind, reason)
        self._place_children()

    def _next_generation(self, entry: Entry, after: Request) -> RemovalRequestRow:
        """The row of the generation that replaces an ended one, whose own row stays as it is."""
        old = entry.row
        old.next_at = None
        self._session.flush()  # at no time do two live rows stand side by side
        row = RemovalRequestRow(
            subscription_id=old.subscription_id,
            broker_key=old.broker_key,
            reference=new_reference(secrets.choice),
            profile_sealed=old.profile_sealed,
            created_at=self._now,
            next_at=self._now,
            **{name: getattr(after, name) for name in _STORED},
        )
        self._session.add(row)
        self._session.flush()
        del self._entries[old.id]
        self._entries[row.id] = entry
        return row

    def _close_tasks(self, entry: Entry) -> None:
        self._session.execute(
            update(RemovalTaskRow)
            .where(RemovalTaskRow.request_id == entry.row.id, RemovalTaskRow.done_at.is_(None))
            .values(done_at=self._now)
        )


def open_missing(
    session: Session,
    subscription_id: str,
    person: Person,
    brokers: Mapping[str, Broker],
    now: datetime,
) -> int:
    """Open a request to every broker that may hold this person and has none; return how many."""
    home = person.residence
    known = set(
        session.scalars(
            select(RemovalRequestRow.broker_key).where(
                RemovalRequestRow.subscription_id == subscription_id
            )
        )
    )
    rows = [
        {
            "subscription_id": subscription_id,
            "broker_key": broker.key,
            "generation": 1,
            "reference": new_reference(secrets.choice),
            "regime": Regime.DELETE_ACT if broker.drop else regime_of(home.country, home.region),
            "state": State.PENDING,
            "state_since": now,
            "next_at": now,
            "created_at": now,
        }
        for broker in brokers.values()
        if broker.key not in known and broker.serves(home.country, home.region)
    ]
    if not rows:
        return 0
    added = session.execute(
        insert(RemovalRequestRow)
        .values(rows)
        .on_conflict_do_nothing()
        .returning(RemovalRequestRow.id)
    )
    return len(added.all())
