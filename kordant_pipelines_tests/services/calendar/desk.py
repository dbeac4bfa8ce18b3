"""A calendar with a hand-moved clock, and short ways to put people into it and to read it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy import insert, select

from kordant_pipelines.domain.breaches import Source
from kordant_pipelines.domain.calendar.owed import Owed, State
from kordant_pipelines.domain.calendar.retries import RETRY_DELAYS, Ended, Ending, Settlement
from kordant_pipelines.domain.identifiers import IdentifierKind
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.security.keyring import Keyring
from kordant_pipelines.services.calendar.calendar import Calendar
from kordant_pipelines.services.calendar.outcomes import EndedRun, RunRef
from kordant_pipelines.services.people import People
from kordant_pipelines.services.subscriptions import Subscriptions
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import ItemCheckRow, OwedRunRow, WatchItemRow
from kordant_pipelines_tests.calendar_laws.crowd import crowd
from kordant_pipelines_tests.clock import HandClock

LONG_AGO = datetime(2026, 1, 15, tzinfo=UTC)


@dataclass(frozen=True)
class Desk:
    """One domain database's calendar and subscriptions."""

    database: Database
    clock: HandClock
    calendar: Calendar
    subscriptions: Subscriptions

    @classmethod
    def on(cls, database: Database, clock: HandClock, *, queue_depth: int = 10_000) -> "Desk":
        """A desk whose queue is never full unless a test says so."""
        calendar = Calendar.of(database, clock, queue_depth=queue_depth, retry_delays=RETRY_DELAYS)
        people = People.with_keyring(Keyring.generate(), None)
        return cls(database, clock, calendar, Subscriptions(database, people, clock))

    def with_queue_depth(self, depth: int) -> "Desk":
        """The same desk with another queue."""
        other = Calendar.of(self.database, self.clock, queue_depth=depth, retry_delays=RETRY_DELAYS)
        return replace(self, calendar=other)

    def sell(
        self, *ids: str, tier: Tier = Tier.PREMIUM, created_at: datetime = LONG_AGO
    ) -> list[str]:
        """Active subscriptions with these ids, each of which watches an e-mail address.

        Nobody has told the calendar of them.
        """
        crowd(self.database, dict.fromkeys(ids, tier), created_at)
        self.watch(*ids)
        return list(ids)

    def watch(self, *ids: str, kind: IdentifierKind = IdentifierKind.EMAIL) -> None:
        """Let these subscriptions watch an identifier of this kind that was never looked up."""
        items = [
            {
                "id": f"itm_{kind}_{id_}"[:40],
                "subscription_id": id_,
                "kind": kind,
                "value_sealed": b"",
                "value_index": sha256(id_.encode()).digest(),
                "created_at": LONG_AGO,
            }
            for id_ in ids
        ]
        with self.database.transaction() as session:
            session.execute(insert(WatchItemRow), items)

    def looked_up(self, subscription_id: str, catalogue_version: int) -> None:
        """HIBP answered about the subscription's address under this version of its catalogue."""
        with self.database.transaction() as session:
            session.execute(
                insert(ItemCheckRow).values(
                    item_id=f"itm_{IdentifierKind.EMAIL}_{subscription_id}",
                    source=Source.HIBP,
                    checked_at=self.clock(),
                    catalogue_version=catalogue_version,
                    run_id="run",
                )
            )

    def move(self, subscription_id: str, tier: Tier) -> None:
        """Change a subscription's tier, and let the calendar follow."""
        self.subscriptions.set_tier(subscription_id, tier)
        self.calendar.periods.follow([subscription_id])

    def rows(
        self, subscription_id: str | None = None, job: Job | None = Job.DARKWATCH
    ) -> list[OwedRunRow]:
        """The ledger's rows in the order they were first owed."""
        statement = select(OwedRunRow).order_by(OwedRunRow.id)
        if subscription_id is not None:
            statement = statement.where(OwedRunRow.subscription_id == subscription_id)
        if job is not None:
            statement = statement.where(OwedRunRow.job == job)
        with self.database.transaction() as session:
            return list(session.scalars(statement))

    def row(self, subscription_id: str, job: Job = Job.DARKWATCH) -> OwedRunRow:
        """The only row of a subscription and job."""
        [row] = self.rows(subscription_id, job)
        return row

    def states(self, subscription_id: str, job: Job = Job.DARKWATCH) -> Mapping[str, State]:
        """What became of first attempts, by slot."""
        rows = self.rows(subscription_id, job)
        return {row.slot: row.state for row in rows if row.attempt == 0}

    def take(self, *jobs: Job, limit: int = 1000) -> list[Owed]:
        """What is due of these jobs, or of DarkWatch."""
        return self.calendar.dispatch.take_due(jobs or (Job.DARKWATCH,), limit=limit)

    def take_one(self, *jobs: Job) -> Owed:
        """The only run that is due."""
        [owed] = self.take(*jobs)
        return owed

    def end(self, owed: Owed, ending: Ending = Ending.SUCCESS, **more: bool) -> list[Settlement]:
        """Let a dispatched run end now, and settle it."""
        return self.calendar.outcomes.settle([ended_run(owed, ending, self.clock(), **more)])

    def succeed_all(self) -> int:
        """Let all that is due succeed, of every job; how many there were."""
        taken = self.take(*Job)
        ended = [ended_run(owed, Ending.SUCCESS, self.clock()) for owed in taken]
        self.calendar.outcomes.settle(ended)
        return len(taken)

    def die(self, owed: Owed) -> int:
        """Let a dispatched run fail for good; the id of its row."""
        self.end(owed, Ending.FAILURE, permanent=True)
        return owed.id


def ended_run(owed: Owed, ending: Ending, at: datetime, *, permanent: bool = False) -> EndedRun:
    """The end of the run that was launched for `owed`."""
    run_id = run_of(owed)
    ended = Ended(run_id, owed.root_run_id or run_id, ending, at, permanent)
    ref = RunRef(run_id, owed.key, owed.parent_run_id)
    return EndedRun(ref, owed.job, owed.subscription_id, ended)


def by_hand(
    subscription_id: str,
    ending: Ending,
    at: datetime,
    *,
    run_id: str = "by-hand",
    key: str | None = None,
    parent: str | None = None,
    permanent: bool = False,
) -> EndedRun:
    """The end of a DarkWatch run that somebody launched in the UI."""
    ended = Ended(run_id, parent or run_id, ending, at, permanent)
    return EndedRun(RunRef(run_id, key, parent), Job.DARKWATCH, subscription_id, ended)


def run_of(owed: Owed) -> str:
    """The id of the run that was launched for `owed`."""
    return f"run-{owed.key}"


def seconds(number: float) -> timedelta:
    """A shorter word."""
    return timedelta(seconds=number)
