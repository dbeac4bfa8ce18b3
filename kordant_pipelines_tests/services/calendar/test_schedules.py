"""Schedules as operators change them."""

from functools import partial

import pytest

from kordant_pipelines.domain.calendar.cadences import CADENCES, PAIRS, Cadence
from kordant_pipelines.domain.calendar.owed import State
from kordant_pipelines.domain.calendar.periods import WHOLE_DAY, Window, due_at
from kordant_pipelines.domain.calendar.retries import Ending
from kordant_pipelines.domain.errors import RefusedInput
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.services.calendar.plans import Plan
from kordant_pipelines.services.calendar.schedules import ScheduleStatus
from kordant_pipelines_tests.at_once import at_once
from kordant_pipelines_tests.services.calendar.desk import Desk

DARKWATCH, REPORTS = Job.DARKWATCH, Job.REPORTS
PREMIUM, PLUS, BASIC = Tier.PREMIUM, Tier.PLUS, Tier.BASIC
NIGHT = Window.parse("01:00-05:30")
EVENING = Window.parse("20:00-22:00")


def status(desk: Desk, job: Job = DARKWATCH, tier: Tier = PREMIUM) -> ScheduleStatus:
    [found] = [
        one
        for one in desk.calendar.schedules.statuses()
        if (one.plan.job, one.plan.tier) == (job, tier)
    ]
    return found


def plan(cadence: Cadence, window: Window = WHOLE_DAY, *, enabled: bool = True) -> Plan:
    return Plan(DARKWATCH, PREMIUM, cadence, window, enabled)


def test_every_pair_has_a_schedule_and_begins_with_its_tiers_own(desk: Desk) -> None:
    statuses = desk.calendar.schedules.statuses()
    assert [(one.plan.job, one.plan.tier) for one in statuses] == list(PAIRS)
    for one in statuses:
        assert one.plan.is_own
        assert one.plan.cadence is CADENCES[one.plan.job][one.plan.tier]
        assert one.states == {}


def test_a_status_counts_what_became_of_the_present_periods_first_attempts(desk: Desk) -> None:
    desk.sell(*(f"sub_{n}" for n in range(6)))
    desk.sell("plus", tier=PLUS)
    desk.calendar.events.owe_breach(7)
    desk.calendar.periods.open(DARKWATCH, PREMIUM)
    desk.calendar.periods.open(DARKWATCH, PLUS)
    desk.clock.advance(hours=11, minutes=59)
    first, second, third = (o for o in desk.take(limit=9) if o.cadence is Cadence.DAILY)
    desk.end(first)
    desk.end(second, Ending.FAILURE)
    assert third.attempt == 0
    assert status(desk).states == {
        State.SUCCEEDED: 1,
        State.RETRIED: 1,
        State.DISPATCHED: 1,
        State.OWED: 3,
    }
    desk.clock.advance(days=1)
    assert status(desk).states == {}


def test_a_window_re_times_who_was_not_begun(desk: Desk) -> None:
    ids = desk.sell(*(f"sub_{n}" for n in range(20)))
    period = desk.calendar.periods.open(DARKWATCH, PREMIUM).period
    begun = {owed.subscription_id for owed in desk.take()}
    assert 0 < len(begun) < len(ids)
    assert desk.calendar.schedules.set(DARKWATCH, PREMIUM, window=EVENING) == plan(
        Cadence.DAILY, EVENING
    )
    for row in desk.rows():
        if row.subscription_id in begun:
            assert row.state is State.DISPATCHED
            assert row.due_at == due_at(period, WHOLE_DAY, DARKWATCH, row.subscription_id)
        else:
            assert row.state is State.OWED
            assert row.due_at == due_at(period, EVENING, DARKWATCH, row.subscription_id)
    assert desk.take() == []
    desk.clock.advance(hours=10)
    assert {owed.subscription_id for owed in desk.take()} == set(ids) - begun
    assert len(desk.rows()) == len(ids)


def test_a_window_holds_for_the_periods_that_follow(desk: Desk) -> None:
    desk.sell("sub_1", "sub_2")
    desk.calendar.schedules.set(DARKWATCH, PREMIUM, window=NIGHT)
    desk.clock.advance(days=1)
    period = desk.calendar.periods.open(DARKWATCH, PREMIUM).period
    dues = {r.subscription_id: r.due_at for r in desk.rows() if r.slot == period.slot}
    assert dues == {id_: due_at(period, NIGHT, DARKWATCH, id_) for id_ in ("sub_1", "sub_2")}


def test_another_cadence_owes_its_present_period_to_who_had_no_run_in_it(desk: Desk) -> None:
    desk.sell("had", "had_not")
    desk.calendar.periods.follow(["had"])
    desk.end(desk.take_one())
    desk.calendar.periods.follow(["had_not"])
    desk.calendar.schedules.set(DARKWATCH, PREMIUM, cadence=Cadence.WEEKLY)
    assert desk.states("had") == {"2026-11-24": State.SUCCEEDED}
    assert desk.states("had_not") == {"2026-11-24": State.DROPPED, "2026-W48": State.OWED}
    assert desk.calendar.periods.open(DARKWATCH, PREMIUM).owed == 0
    desk.calendar.schedules.set(DARKWATCH, PREMIUM, cadence=Cadence.DAILY)
    assert desk.states("had_not") == {"2026-11-24": State.OWED, "2026-W48": State.DROPPED}
    assert desk.states("had") == {"2026-11-24": State.SUCCEEDED}
    assert status(desk).plan.is_own


def test_what_is_not_given_stays_as_it_is(desk: Desk) -> None:
    schedules = desk.calendar.schedules
    schedules.set(DARKWATCH, PREMIUM, window=NIGHT)
    schedules.set(DARKWATCH, PREMIUM, cadence=Cadence.WEEKLY)
    assert status(desk).plan == plan(Cadence.WEEKLY, NIGHT)
    schedules.pause(DARKWATCH, PREMIUM)
    schedules.set(DARKWATCH, PREMIUM, window=EVENING)
    assert status(desk).plan == plan(Cadence.WEEKLY, EVENING, enabled=False)
    schedules.resume(DARKWATCH, PREMIUM)
    assert status(desk).plan == plan(Cadence.WEEKLY, EVENING)


def test_a_change_touches_its_own_job_and_tier_alone(desk: Desk) -> None:
    for tier in Tier:
        desk.sell(f"{tier}", tier=tier)
    for job, tier in PAIRS:
        desk.calendar.periods.open(job, tier)
    desk.calendar.schedules.pause(DARKWATCH, PLUS)
    dropped = [row for row in desk.rows(job=None) if row.state is not State.OWED]
    assert [(row.job, row.subscription_id) for row in dropped] == [(DARKWATCH, "plus")]


def test_a_paused_schedule_owes_and_runs_nothing(desk: Desk) -> None:
    desk.sell("sub_1", "late")
    desk.calendar.periods.open(DARKWATCH, PREMIUM)
    desk.calendar.schedules.pause(DARKWATCH, PREMIUM)
    assert {row.state for row in desk.rows()} == {State.DROPPED}
    desk.clock.advance(days=1)
    assert desk.calendar.periods.open(DARKWATCH, PREMIUM).owed is None
    desk.calendar.periods.follow(["sub_1", "late"])
    assert desk.take() == []
    assert {row.slot for row in desk.rows()} == {"2026-11-24"}


def test_a_pause_lets_what_was_begun_end_but_not_be_retried(desk: Desk) -> None:
    desk.sell("sub_1")
    desk.calendar.periods.follow(["sub_1"])
    owed = desk.take_one()
    desk.calendar.schedules.pause(DARKWATCH, PREMIUM)
    assert desk.row("sub_1").state is State.DISPATCHED
    desk.end(owed, Ending.FAILURE)
    desk.clock.advance(minutes=1)
    assert desk.take() == []
    assert [row.state for row in desk.rows("sub_1")] == [State.RETRIED, State.DROPPED]


def test_a_resumed_schedule_owes_the_present_period_once(desk: Desk) -> None:
    desk.sell("had", "had_not")
    desk.calendar.periods.follow(["had"])
    desk.end(desk.take_one())
    desk.calendar.schedules.pause(DARKWATCH, PREMIUM)
    desk.calendar.schedules.resume(DARKWATCH, PREMIUM)
    desk.calendar.schedules.resume(DARKWATCH, PREMIUM)
    desk.calendar.periods.open(DARKWATCH, PREMIUM)
    assert desk.states("had") == {"2026-11-24": State.SUCCEEDED}
    assert desk.states("had_not") == {"2026-11-24": State.OWED}
    desk.clock.advance(hours=12)
    assert [owed.subscription_id for owed in desk.take()] == ["had_not"]


def test_a_schedule_that_rested_for_whole_periods_owes_the_present_one_alone(desk: Desk) -> None:
    desk.sell("sub_1")
    desk.calendar.periods.open(DARKWATCH, PREMIUM)
    desk.calendar.schedules.pause(DARKWATCH, PREMIUM)
    desk.clock.advance(days=4)
    desk.calendar.schedules.resume(DARKWATCH, PREMIUM)
    assert desk.states("sub_1") == {"2026-11-24": State.DROPPED, "2026-11-28": State.OWED}


def test_retries_and_events_are_left_alone_by_a_change(desk: Desk) -> None:
    desk.sell("sub_1")
    desk.calendar.periods.follow(["sub_1"])
    desk.end(desk.take_one(), Ending.FAILURE)
    desk.calendar.events.owe_breach(7)
    desk.calendar.schedules.set(DARKWATCH, PREMIUM, window=NIGHT)
    assert [(row.slot, row.attempt, row.state) for row in desk.rows("sub_1")] == [
        ("2026-11-24", 0, State.RETRIED),
        ("2026-11-24", 1, State.OWED),
        ("breach/7", 0, State.OWED),
    ]


def test_changes_openings_and_followers_at_once_owe_one_run_each(desk: Desk) -> None:
    ids = desk.sell(*(f"sub_{n}" for n in range(30)))

    def act(number: int) -> None:
        match number % 4:
            case 0:
                desk.calendar.schedules.set(DARKWATCH, PREMIUM, window=EVENING)
            case 1:
                desk.calendar.schedules.set(DARKWATCH, PREMIUM, cadence=Cadence.DAILY)
            case 2:
                desk.calendar.periods.follow(ids)
            case _:
                desk.calendar.periods.open(DARKWATCH, PREMIUM)

    at_once(act, 16)
    assert {row.state for row in desk.rows()} == {State.OWED}
    assert len(desk.rows()) == len(ids)
    assert status(desk).plan == plan(Cadence.DAILY, EVENING)


def test_nothing_to_set_is_refused(desk: Desk) -> None:
    with pytest.raises(RefusedInput, match="give a cadence, a window, or both"):
        desk.calendar.schedules.set(DARKWATCH, PREMIUM)


@pytest.mark.parametrize("action", ["set", "pause", "resume"])
def test_what_is_not_sold_is_refused(desk: Desk, action: str) -> None:
    schedules = desk.calendar.schedules
    change = {
        "set": partial(schedules.set, cadence=Cadence.DAILY),
        "pause": schedules.pause,
        "resume": schedules.resume,
    }[action]
    with pytest.raises(RefusedInput, match=r"^basic does not have reports_generate\. Of use: plus"):
        change(REPORTS, BASIC)
    for job in (Job.NOTIFICATIONS, Job.REMOVALS, Job.VOICEPRINT):
        with pytest.raises(RefusedInput, match=f"^{job} has no schedule: it runs when work waits"):
            change(job, PREMIUM)
    assert all(one.plan.is_own for one in schedules.statuses())
