"""Opening periods: once, for whom, and after an outage."""

from datetime import datetime, timedelta

import pytest

from kordant_pipelines.domain.calendar.cadences import CADENCES, PAIRS, Cadence
from kordant_pipelines.domain.calendar.owed import Reason, State
from kordant_pipelines.domain.calendar.periods import WHOLE_DAY, due_at, period_at
from kordant_pipelines.domain.calendar.retries import Ending
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines_tests.at_once import at_once
from kordant_pipelines_tests.services.calendar.desk import Desk, seconds

DARKWATCH, REPORTS = Job.DARKWATCH, Job.REPORTS
PREMIUM, PLUS, BASIC = Tier.PREMIUM, Tier.PLUS, Tier.BASIC


@pytest.mark.parametrize(("job", "tier"), PAIRS)
def test_a_period_owes_each_active_subscription_of_the_tier_one_run(
    desk: Desk, job: Job, tier: Tier
) -> None:
    for of in Tier:
        desk.sell(f"{of}_1", f"{of}_2", tier=of)
    opening = desk.calendar.periods.open(job, tier)
    assert opening.owed == 2
    assert opening.period == period_at(CADENCES[job][tier], desk.clock())
    rows = desk.rows(job=None)
    assert {(row.job, row.subscription_id) for row in rows} == {
        (job, f"{tier}_1"),
        (job, f"{tier}_2"),
    }
    for row in rows:
        assert (row.slot, row.cadence, row.tier) == (
            opening.period.slot,
            CADENCES[job][tier],
            tier,
        )
        assert (row.state, row.attempt, row.revision) == (State.OWED, 0, 0)
        assert row.priority == {PREMIUM: -10, PLUS: -20, BASIC: -30}[tier]


def test_a_period_is_opened_once(desk: Desk) -> None:
    desk.sell("sub_1", "sub_2")
    assert desk.calendar.periods.open(DARKWATCH, PREMIUM).owed == 2
    assert desk.calendar.periods.open(DARKWATCH, PREMIUM).owed is None
    desk.clock.advance(hours=11)
    assert desk.calendar.periods.open(DARKWATCH, PREMIUM).owed is None
    assert len(desk.rows()) == 2
    desk.clock.advance(hours=1)
    assert desk.calendar.periods.open(DARKWATCH, PREMIUM).owed == 2


def test_eight_openings_at_once_owe_once(desk: Desk) -> None:
    desk.sell(*(f"sub_{n}" for n in range(100)))
    openings = at_once(lambda _: desk.calendar.periods.open(DARKWATCH, PREMIUM), 8)
    assert sorted(opening.owed or 0 for opening in openings) == [0] * 7 + [100]
    assert [opening.owed for opening in openings].count(None) == 7
    assert len(desk.rows()) == 100


def test_an_empty_tier_is_opened_too(desk: Desk) -> None:
    assert desk.calendar.periods.open(DARKWATCH, PREMIUM).owed == 0
    assert desk.calendar.periods.open(DARKWATCH, PREMIUM).owed is None


def test_who_had_a_run_before_is_owed_the_next_as_a_scheduled_one(desk: Desk) -> None:
    desk.sell("sub_1")
    desk.calendar.periods.follow(["sub_1"])
    desk.end(desk.take_one())
    desk.clock.advance(hours=12)
    desk.calendar.periods.open(DARKWATCH, PREMIUM)
    first, second = desk.rows("sub_1")
    assert (first.reason, second.reason) == (Reason.BASELINE, Reason.SCHEDULED)
    assert second.due_at == due_at(
        period_at(Cadence.DAILY, desk.clock()), WHOLE_DAY, DARKWATCH, "sub_1"
    )


def test_nothing_is_owed_to_the_paused_and_cancelled(desk: Desk) -> None:
    desk.sell("active", "paused", "cancelled")
    desk.subscriptions.pause("paused")
    desk.subscriptions.cancel("cancelled")
    for job, tier in PAIRS:
        desk.calendar.periods.open(job, tier)
    assert {row.subscription_id for row in desk.rows(job=None)} == {"active"}


def test_an_outage_of_many_periods_owes_one_run(desk: Desk) -> None:
    ids = desk.sell(*(f"sub_{n}" for n in range(20)))
    desk.clock.advance(hours=-6)
    desk.calendar.periods.open(DARKWATCH, PREMIUM)
    begun = {owed.subscription_id for owed in desk.take()}
    assert 0 < len(begun) < len(ids)
    desk.clock.advance(days=5)
    assert desk.calendar.periods.open(DARKWATCH, PREMIUM).owed == len(ids)
    for id_ in ids:
        before = State.DISPATCHED if id_ in begun else State.SUPERSEDED
        assert desk.states(id_) == {"2026-11-24": before, "2026-11-29": State.OWED}
    desk.clock.advance(hours=23)
    assert sorted(owed.subscription_id for owed in desk.take()) == sorted(ids)


@pytest.mark.parametrize(("job", "tier"), PAIRS)
def test_an_outage_keeps_what_was_dispatched_and_supersedes_the_rest(
    desk: Desk, job: Job, tier: Tier
) -> None:
    desk.sell("begun", "waiting", tier=tier)
    first = desk.calendar.periods.open(job, tier).period
    desk.clock.advance(seconds=(first.end - desk.clock()).total_seconds() - 1)
    [begun] = desk.take(job, limit=1)
    days = 3 * first.days
    desk.clock.advance(days=days)
    later = desk.calendar.periods.open(job, tier)
    assert later.owed == 2
    waiting = ({"begun", "waiting"} - {begun.subscription_id}).pop()
    assert desk.states(begun.subscription_id, job) == {
        first.slot: State.DISPATCHED,
        later.period.slot: State.OWED,
    }
    assert desk.states(waiting, job) == {
        first.slot: State.SUPERSEDED,
        later.period.slot: State.OWED,
    }
    ended = [row.ended_at for row in desk.rows(waiting, job)]
    assert ended[0] is not None
    assert ended[1] is None


def test_what_is_late_by_less_than_a_period_is_still_run(desk: Desk) -> None:
    """Its own period's end is no reason to drop it: the next run may be a whole period away."""
    desk.sell("sub_1")
    period = desk.calendar.periods.open(DARKWATCH, PREMIUM).period
    due = desk.row("sub_1").due_at
    desk.clock.advance(seconds=(period.end - desk.clock()).total_seconds() + 60)
    assert desk.calendar.periods.open(DARKWATCH, PREMIUM).owed == 1
    late = desk.take_one()
    assert (late.slot, late.due_at) == ("2026-11-24", due)


def test_retries_outlive_the_period_of_the_run_they_retry(desk: Desk) -> None:
    desk.sell("sub_1")
    desk.calendar.periods.open(DARKWATCH, PREMIUM)
    desk.clock.advance(hours=11, minutes=59, seconds=59)
    desk.end(desk.take_one(), Ending.FAILURE)
    desk.clock.advance(days=3)
    desk.calendar.periods.open(DARKWATCH, PREMIUM)
    assert [(row.slot, row.attempt, row.state) for row in desk.rows("sub_1")] == [
        ("2026-11-24", 0, State.RETRIED),
        ("2026-11-24", 1, State.OWED),
        ("2026-11-27", 0, State.OWED),
    ]


def test_an_outage_does_not_put_off_a_scan_for_a_new_breach(desk: Desk) -> None:
    """The period's own run may be due a day later: no substitute for one that is due at once."""
    desk.sell("sub_1")
    desk.calendar.events.owe_breach(7)
    desk.clock.advance(days=2)
    desk.calendar.periods.open(DARKWATCH, PREMIUM)
    assert desk.states("sub_1")["breach/7"] is State.OWED
    assert desk.take()[0].reason is Reason.REAL_TIME


def test_an_outage_does_not_undo_a_replay(desk: Desk) -> None:
    """It would be neither run nor listed as a dead letter any more."""
    desk.sell("sub_1")
    desk.calendar.periods.follow(["sub_1"])
    dead = desk.die(desk.take_one())
    desk.calendar.dead_letters.replay([dead])
    desk.clock.advance(days=2)
    desk.calendar.periods.open(DARKWATCH, PREMIUM)
    assert desk.states("sub_1")[f"replay/{dead}"] is State.OWED


@pytest.mark.parametrize(("tier", "period_days"), [(PREMIUM, 7), (PLUS, 31)])
def test_reports_are_of_a_whole_period(desk: Desk, tier: Tier, period_days: int) -> None:
    start = period_at(CADENCES[REPORTS][tier], desk.clock()).start
    desk.sell("before", tier=tier, created_at=start - seconds(1))
    desk.sell("at_start", tier=tier, created_at=start)
    desk.sell("within", tier=tier, created_at=start + seconds(1))
    desk.calendar.periods.open(REPORTS, tier)
    assert {row.subscription_id for row in desk.rows(job=REPORTS)} == {"before"}
    desk.clock.advance(days=period_days)
    assert desk.calendar.periods.open(REPORTS, tier).owed == 3


class TestClockSetBack:
    """A host's clock that is corrected as a period begins."""

    @pytest.fixture
    def midnight(self, desk: Desk) -> datetime:
        """Two subscriptions' day was opened a minute before midnight, the next a second after."""
        desk.sell("sub_1", "sub_2")
        midnight = period_at(Cadence.DAILY, desk.clock()).end
        desk.clock.advance(seconds=(midnight - desk.clock()).total_seconds() - 60)
        desk.calendar.periods.open(DARKWATCH, PREMIUM)
        desk.clock.advance(seconds=61)
        desk.calendar.periods.open(DARKWATCH, PREMIUM)
        return midnight

    @pytest.mark.parametrize("back", [timedelta(minutes=1), timedelta(minutes=59)])
    def test_a_little_stays_in_the_period_that_was_opened(
        self, desk: Desk, midnight: datetime, back: timedelta
    ) -> None:
        desk.clock.advance(seconds=-back.total_seconds())
        assert desk.clock() < midnight
        opening = desk.calendar.periods.open(DARKWATCH, PREMIUM)
        assert (opening.period.start, opening.owed) == (midnight, None)
        desk.calendar.periods.follow(["sub_1"])
        assert desk.states("sub_1")["2026-11-25"] is State.OWED
        assert [row.slot for row in desk.rows("sub_1")] == ["2026-11-24", "2026-11-25"]

    def test_by_hours_supersedes_and_doubles_nothing(self, desk: Desk, midnight: datetime) -> None:
        desk.clock.advance(hours=-3)
        opening = desk.calendar.periods.open(DARKWATCH, PREMIUM)
        assert (opening.period.end, opening.owed) == (midnight, None)
        desk.clock.advance(hours=4)
        assert desk.calendar.periods.open(DARKWATCH, PREMIUM).owed is None
        assert desk.states("sub_1") == {"2026-11-24": State.OWED, "2026-11-25": State.OWED}

    def test_schedules_tell_of_the_period_that_was_opened(
        self, desk: Desk, midnight: datetime
    ) -> None:
        desk.clock.advance(minutes=-5)
        desk.calendar.schedules.pause(DARKWATCH, PREMIUM)
        desk.calendar.schedules.resume(DARKWATCH, PREMIUM)
        [status] = [
            one
            for one in desk.calendar.schedules.statuses()
            if (one.plan.job, one.plan.tier) == (DARKWATCH, PREMIUM)
        ]
        assert status.period.start == midnight
        assert status.states == {State.OWED: 2}
