"""Any order of ticks, outages, changes and clock hours leaves everyone owed exactly one run."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from kordant_pipelines.domain.calendar.cadences import PAIRS, Cadence, starts_at_once
from kordant_pipelines.domain.calendar.owed import Owed, State
from kordant_pipelines.domain.calendar.periods import Period, period_at
from kordant_pipelines.domain.calendar.retries import RETRY_DELAYS, Ended, Ending
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import SubscriptionStatus, Tier
from kordant_pipelines.security.keyring import Keyring
from kordant_pipelines.services.calendar.calendar import Calendar
from kordant_pipelines.services.calendar.outcomes import EndedRun, RunRef
from kordant_pipelines.services.calendar.plans import Plan, load_plans
from kordant_pipelines.services.changes import Changes, Cursor
from kordant_pipelines.services.people import People
from kordant_pipelines.services.subscriptions import Subscriptions
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import OpenedPeriodRow, OwedRunRow, SubscriptionRow
from kordant_pipelines_tests.calendar_laws.crowd import crowd, empty
from kordant_pipelines_tests.clock import HandClock

START = datetime(2026, 3, 28, 20, 0, tzinfo=UTC)
"""The evening before most of Europe's clocks go forward; the year's turn lies months ahead."""

TIERS = st.sampled_from(Tier)
NAMES = ("ann", "bob")
NAME = st.sampled_from(NAMES)
PAIR = st.sampled_from([pair for pair in PAIRS if pair[0] is not Job.HOMETITLE])
"""HomeTitle goes as DarkWatch does: leaving it out has the examples reach further."""
ENDINGS = st.sampled_from([Ending.SUCCESS, Ending.FAILURE, Ending.CANCELED, None])


class CalendarLaws(RuleBasedStateMachine):
    """The calendar of two customers, whose daemon works when it likes."""

    database: Database
    keyring: Keyring

    @initialize(tiers=st.tuples(TIERS, TIERS))
    def begin(self, tiers: tuple[Tier, ...]) -> None:
        empty(self.database)
        self.clock = HandClock(START)
        self.calendar = Calendar.of(
            self.database, self.clock, queue_depth=1000, retry_delays=RETRY_DELAYS
        )
        people = People.with_keyring(self.keyring, None)
        self.subscriptions = Subscriptions(self.database, people, self.clock)
        self.changes = Changes(self.database)
        self.cursor = Cursor()
        self.running: list[Owed] = []
        self.launched: set[str] = set()
        self.given_back: set[int] = set()
        self.alive: set[str] = set()
        for name, tier in zip(NAMES, tiers, strict=True):
            self._buy(name, tier)

    def _buy(self, name: str, tier: Tier) -> None:
        crowd(self.database, {name: tier}, self.clock())
        # `crowd` writes no change log, so a change of state and back stands for "created".
        self.subscriptions.pause(name)
        self.subscriptions.resume(name)
        self.alive.add(name)

    @rule(name=NAME, tier=TIERS)
    def cancel_and_buy_anew(self, name: str, tier: Tier) -> None:
        if name in self.alive:
            self.subscriptions.cancel(name)
            self.alive.remove(name)
            self._buy(f"{name}_", tier)

    @rule(name=NAME, tier=TIERS)
    def change_tier(self, name: str, tier: Tier) -> None:
        if name in self.alive:
            self.subscriptions.set_tier(name, tier)

    @rule(name=NAME)
    def pause(self, name: str) -> None:
        if name in self.alive:
            self.subscriptions.pause(name)

    @rule(name=NAME)
    def resume(self, name: str) -> None:
        if name in self.alive:
            self.subscriptions.resume(name)

    @rule(minutes=st.sampled_from([1, 16, 60, 11 * 60, 24 * 60, 8 * 24 * 60, 45 * 24 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.clock.advance(minutes=minutes)

    @rule(minutes=st.integers(1, 30))
    def clock_is_set_back(self, minutes: int) -> None:
        self.clock.advance(minutes=-minutes)

    @rule()
    def clock_crosses_midnight_and_is_set_back(self) -> None:
        """The next day's periods are opened, then a time server corrects the clock."""
        midnight = period_at(Cadence.DAILY, self.clock()).end
        self.clock.advance(seconds=(midnight - self.clock()).total_seconds() + 300)
        for pair in PAIRS:
            self.calendar.periods.open(*pair)
        self.clock.advance(minutes=-10)

    @rule(pair=PAIR)
    def schedule_ticks(self, pair: tuple[Job, Tier]) -> None:
        self.calendar.periods.open(*pair)

    @rule(tier=TIERS, name=NAME)
    def tier_changes_and_is_followed(self, name: str, tier: Tier) -> None:
        self.change_tier(name, tier)
        self.sensor_follows_changes()

    @rule()
    def sensor_follows_changes(self) -> None:
        page = self.changes.after(self.cursor, limit=100)
        self.calendar.periods.follow(page.active | page.inactive)
        self.cursor = page.cursor

    @rule(pair=PAIR, cadence=st.sampled_from(Cadence))
    def operator_sets_a_cadence(self, pair: tuple[Job, Tier], cadence: Cadence) -> None:
        self.calendar.schedules.set(*pair, cadence=cadence)

    @rule(pair=PAIR)
    def operator_pauses_for_a_moment(self, pair: tuple[Job, Tier]) -> None:
        self.calendar.schedules.pause(*pair)
        self.calendar.schedules.resume(*pair)

    @rule(pair=PAIR)
    def operator_pauses(self, pair: tuple[Job, Tier]) -> None:
        self.calendar.schedules.pause(*pair)

    @rule(pair=PAIR)
    def operator_resumes(self, pair: tuple[Job, Tier]) -> None:
        self.calendar.schedules.resume(*pair)

    @rule(limit=st.sampled_from([2, 20]))
    def dispatcher_ticks(self, limit: int) -> None:
        plans, standing = self._plans(), self._standing()
        taken = self.calendar.dispatch.take_due(list(Job), limit=limit)
        assert len(taken) <= limit
        for owed in taken:
            subscription = standing[owed.subscription_id]
            assert subscription.status is SubscriptionStatus.ACTIVE
            plan = plans.get((owed.job, subscription.tier))
            assert plan is not None
            assert plan.enabled
            assert owed.attempt > 0 or plan.cadence is owed.cadence
            assert owed.key not in self.launched, "launched a second time"
            self.launched.add(owed.key)
        self.running += taken

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def runs_end(self, data: st.DataObject) -> None:
        """Some end, some are killed between the two databases and have no run at all."""
        ends: list[tuple[Owed, Ending]] = []
        for owed in self.running:
            ending = data.draw(ENDINGS)
            if ending is None:
                self.calendar.outcomes.give_back([owed])
                self.launched.discard(owed.key)
                self.given_back.add(owed.id)
            else:
                ends.append((owed, ending))
        self._end(ends)
        self.running = []

    def _end(self, ends: Sequence[tuple[Owed, Ending]]) -> None:
        """Settle runs' ends, twice, as after a tick whose cursor was lost."""
        runs: list[EndedRun] = []
        for owed, ending in ends:
            ended = Ended(f"run-{owed.key}", "root", ending, self.clock())
            ref = RunRef(ended.run_id, owed.key, owed.parent_run_id)
            runs.append(EndedRun(ref, owed.job, owed.subscription_id, ended))
        self.calendar.outcomes.settle(runs)
        self.calendar.outcomes.settle(runs)

    @rule()
    def daemon_works(self) -> None:
        """A while in which every sensor has its ticks and every run ends well."""
        self.sensor_follows_changes()
        for pair in PAIRS:
            self.calendar.periods.open(*pair)
        self.dispatcher_ticks(limit=20)
        self._end([(owed, Ending.SUCCESS) for owed in self.running])
        self.running = []

    @rule()
    def all_is_well(self) -> None:
        """Once every sensor has had its tick, everyone is owed, or has had, one run a period."""
        self.sensor_follows_changes()
        for pair in PAIRS:
            self.calendar.periods.open(*pair)
        plans, now = self._plans(), self.clock()
        for name, subscription in self._standing().items():
            for job, tier in PAIRS:
                plan = plans[job, tier]
                if subscription.tier is tier:
                    self._check(name, subscription, plan, self._period(plan, now))

    def teardown(self) -> None:
        if hasattr(self, "calendar"):
            self.all_is_well()

    def _check(self, name: str, subscription: SubscriptionRow, plan: Plan, period: Period) -> None:
        with self.database.transaction() as session:
            rows = session.scalars(
                select(OwedRunRow).where(
                    OwedRunRow.subscription_id == name,
                    OwedRunRow.job == plan.job,
                    OwedRunRow.attempt == 0,
                    OwedRunRow.cadence.is_not(None),
                )
            ).all()
            opened = session.get(OpenedPeriodRow, (plan.job, plan.tier, period.slot))
        opened_at = opened.opened_at if opened else period.start
        owed = [row for row in rows if row.state is State.OWED and row.slot == period.slot]
        late = [row for row in rows if row.state is State.OWED and row.slot != period.slot]
        begun = [
            row
            for row in rows
            if row.dispatched_at is not None
            and (
                row.slot == period.slot
                if row.cadence is plan.cadence
                else row.dispatched_at >= period.start
            )
        ]
        active = subscription.status is SubscriptionStatus.ACTIVE and plan.enabled
        part_of_it = starts_at_once(plan.job) or subscription.created_at < period.start
        # What was given back after the plan had changed is owed until it comes due and is judged.
        stale = [row for row in owed + late if row.id not in self.given_back]
        for row in late:
            if row in stale and active:
                assert row.cadence is plan.cadence
                assert row.due_at > opened_at - (period.end - period.start)
        if not active:
            assert stale == []
        elif part_of_it:
            # What came back after another run had taken its place is one more, until it is judged.
            returned = {row.id for row in owed} & self.given_back
            assert len(owed) + bool(begun) == 1 or returned, (name, plan, period, owed, begun)
        else:
            assert owed == []

    def _period(self, plan: Plan, now: datetime) -> Period:
        """As the clock tells, or the next one if that was opened before the clock was set back."""
        period = period_at(plan.cadence, now)
        ahead = period_at(plan.cadence, now + timedelta(hours=1))
        status = {(s.plan.job, s.plan.tier): s for s in self.calendar.schedules.statuses()}
        told = status[plan.job, plan.tier].period
        assert told in (period, ahead)
        return told

    def _plans(self) -> Mapping[tuple[Job, Tier], Plan]:
        with self.database.transaction() as session:
            return load_plans(session)

    def _standing(self) -> dict[str, SubscriptionRow]:
        with self.database.transaction() as session:
            return {row.id: row for row in session.scalars(select(SubscriptionRow))}


def test_everyone_is_owed_exactly_one_run_a_period(database: Database, keyring: Keyring) -> None:
    laws = type("Laws", (CalendarLaws,), {"database": database, "keyring": keyring})
    run_state_machine_as_test(
        laws,
        settings=settings(
            max_examples=60,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
