"""Following subscriptions: baselines, tier changes inside a period, pauses and ends."""

from collections.abc import Sequence
from itertools import pairwise, product

import pytest

from kordant_pipelines.domain.calendar.cadences import CADENCES
from kordant_pipelines.domain.calendar.owed import Reason, State
from kordant_pipelines.domain.calendar.periods import WHOLE_DAY, due_at, period_at
from kordant_pipelines.domain.calendar.retries import Ending
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines_tests.at_once import at_once
from kordant_pipelines_tests.services.calendar.desk import Desk

DARKWATCH, HOMETITLE, REPORTS = Job.DARKWATCH, Job.HOMETITLE, Job.REPORTS
PREMIUM, PLUS, BASIC = Tier.PREMIUM, Tier.PLUS, Tier.BASIC
PATHS = [path for path in product(Tier, repeat=3) if all(a is not b for a, b in pairwise(path))]


@pytest.mark.parametrize("tier", Tier)
def test_a_new_subscription_is_owed_its_scans_at_once(desk: Desk, tier: Tier) -> None:
    desk.sell("sub_1", tier=tier, created_at=desk.clock())
    before = desk.clock()
    desk.calendar.periods.follow(["sub_1"])
    rows = desk.rows("sub_1", job=None)
    assert {row.job for row in rows} == {DARKWATCH, HOMETITLE}
    for row in rows:
        assert (row.reason, row.priority, row.tier) == (Reason.BASELINE, 10, tier)
        assert row.slot == period_at(CADENCES[row.job][tier], before).slot
        assert before < row.due_at < desk.clock()
    assert {owed.job for owed in desk.take(*Job)} == {DARKWATCH, HOMETITLE}


def test_following_again_owes_nothing_more(desk: Desk) -> None:
    desk.sell("sub_1", created_at=desk.clock())
    for _ in range(3):
        desk.calendar.periods.follow(["sub_1", "sub_1"])
    assert desk.succeed_all() == 2
    desk.calendar.periods.follow(["sub_1"])
    assert desk.succeed_all() == 0


def test_eight_followers_and_openings_at_once_owe_one_baseline(desk: Desk) -> None:
    ids = desk.sell(*(f"sub_{n}" for n in range(50)), created_at=desk.clock())

    def act(number: int) -> None:
        if number % 2:
            desk.calendar.periods.open(DARKWATCH, PREMIUM)
        else:
            desk.calendar.periods.follow(ids)

    at_once(act, 8)
    assert len(desk.rows()) == len(ids)
    assert sorted(owed.subscription_id for owed in desk.take()) == sorted(ids)


def test_a_baseline_does_not_wait_for_the_time_its_period_gave_it(desk: Desk) -> None:
    """The schedule may tick before the change log is read."""
    desk.clock.advance(hours=-12)
    desk.sell("sub_1", created_at=desk.clock())
    desk.calendar.periods.open(DARKWATCH, PREMIUM)
    assert desk.take() == []
    desk.calendar.periods.follow(["sub_1"])
    owed = desk.take_one()
    assert (owed.reason, owed.priority, owed.revision) == (Reason.BASELINE, 10, 0)
    desk.end(owed)
    desk.clock.advance(hours=23)
    assert desk.take() == []


def test_following_who_did_not_change_hurries_nobody(desk: Desk) -> None:
    """The log is read anew after a restore: everyone at once is what due times are spread for."""
    ids = desk.sell(*(f"sub_{n}" for n in range(20)))
    desk.calendar.periods.follow(ids)
    desk.succeed_all()
    desk.clock.advance(hours=12)
    desk.calendar.periods.open(DARKWATCH, PREMIUM)
    before = {row.id: (row.due_at, row.priority) for row in desk.rows()}
    desk.calendar.periods.follow(ids)
    assert {row.id: (row.due_at, row.priority) for row in desk.rows()} == before


def test_a_new_subscription_has_no_report_of_a_period_it_was_not_there_for(desk: Desk) -> None:
    desk.sell("sub_1", created_at=desk.clock())
    desk.calendar.periods.follow(["sub_1"])
    assert desk.rows("sub_1", REPORTS) == []
    desk.clock.advance(days=7)
    desk.calendar.periods.open(REPORTS, PREMIUM)
    row = desk.row("sub_1", REPORTS)
    period = period_at(CADENCES[REPORTS][PREMIUM], desk.clock())
    assert row.due_at == due_at(period, WHOLE_DAY, REPORTS, "sub_1")
    assert row.reason is Reason.SCHEDULED


def test_who_moves_to_a_tier_with_reports_is_owed_the_present_one(desk: Desk) -> None:
    desk.sell("sub_1", tier=BASIC)
    desk.calendar.periods.follow(["sub_1"])
    assert desk.rows("sub_1", REPORTS) == []
    desk.move("sub_1", PLUS)
    assert desk.row("sub_1", REPORTS).slot == "2026-11"
    desk.move("sub_1", BASIC)
    assert desk.row("sub_1", REPORTS).state is State.SUPERSEDED


def test_who_moves_up_is_scanned_at_once_at_the_new_cadence(desk: Desk) -> None:
    desk.sell("sub_1", tier=BASIC)
    desk.calendar.periods.follow(["sub_1"])
    desk.succeed_all()
    desk.clock.advance(days=1)
    desk.move("sub_1", PREMIUM)
    owed = desk.take_one()
    assert (owed.reason, owed.slot, owed.priority) == (Reason.PLAN_CHANGED, "2026-11-25", 10)


def test_who_moves_down_is_not_run_again_within_the_longer_period(desk: Desk) -> None:
    desk.sell("sub_1")
    desk.calendar.periods.follow(["sub_1"])
    desk.succeed_all()
    desk.clock.advance(hours=13)
    desk.calendar.periods.open(DARKWATCH, PREMIUM)
    desk.move("sub_1", BASIC)
    assert desk.states("sub_1") == {
        "2026-11-24": State.SUCCEEDED,
        "2026-11-25": State.SUPERSEDED,
    }
    desk.clock.advance(days=7)
    assert desk.calendar.periods.open(DARKWATCH, BASIC).period.slot == "2026-12"
    assert desk.states("sub_1")["2026-12"] is State.OWED


@pytest.mark.parametrize("path", PATHS, ids="-".join)
def test_changes_of_tier_within_a_day_never_owe_a_second_run(
    desk: Desk, path: Sequence[Tier]
) -> None:
    """Whenever on the way the run is taken, or not until the end."""
    for taken_at in range(len(path)):
        name = f"sub_{taken_at}"
        desk.sell(name, tier=path[0])
        desk.calendar.periods.follow([name])
        for step, tier in enumerate(path):
            if step:
                desk.move(name, tier)
            if step == taken_at:
                desk.end(desk.take_one())
        for _ in range(3):
            for tier in Tier:
                desk.calendar.periods.open(DARKWATCH, tier)
            desk.calendar.periods.follow([name])
            assert desk.take() == []
        rows = desk.rows(name)
        assert [row.state for row in rows].count(State.SUCCEEDED) == 1
        assert State.OWED not in {row.state for row in rows}


def test_a_run_under_way_is_left_to_end_when_the_tier_changes(desk: Desk) -> None:
    desk.sell("sub_1")
    desk.calendar.periods.follow(["sub_1"])
    owed = desk.take_one()
    desk.move("sub_1", PLUS)
    assert desk.take() == []
    [settled] = desk.end(owed, Ending.FAILURE)
    assert settled.state is State.RETRIED
    desk.clock.advance(minutes=1)
    assert desk.take_one().attempt == 1


@pytest.mark.parametrize("end", ["pause", "cancel"])
def test_nothing_is_owed_any_more_once_paused_or_cancelled(desk: Desk, end: str) -> None:
    desk.sell("sub_1", "other")
    desk.calendar.events.owe_breach(7)
    desk.calendar.periods.follow(["sub_1", "other"])
    assert len(desk.rows("sub_1", job=None)) == len(desk.rows("other", job=None)) == 4
    {"pause": desk.subscriptions.pause, "cancel": desk.subscriptions.cancel}[end]("sub_1")
    desk.calendar.periods.follow(["sub_1", "other"])
    assert {row.state for row in desk.rows("sub_1", job=None)} == {State.DROPPED}
    assert {row.state for row in desk.rows("other", job=None)} == {State.OWED}
    assert all(row.ended_at is not None for row in desk.rows("sub_1", job=None))


def test_a_pause_keeps_what_is_under_way_and_drops_the_retry_that_waits(desk: Desk) -> None:
    desk.sell("running", "retrying")
    desk.calendar.periods.follow(["running", "retrying"])
    owed = {one.subscription_id: one for one in desk.take()}
    desk.end(owed["retrying"], Ending.FAILURE)
    for name in owed:
        desk.subscriptions.pause(name)
    desk.calendar.periods.follow(list(owed))
    assert [row.state for row in desk.rows("running")] == [State.DISPATCHED]
    assert [row.state for row in desk.rows("retrying")] == [State.RETRIED, State.DROPPED]
    [settled] = desk.end(owed["running"])
    assert settled.state is State.SUCCEEDED


def test_who_is_resumed_is_owed_the_present_run_unless_it_was_had(desk: Desk) -> None:
    desk.sell("had", "had_not")
    desk.calendar.periods.follow(["had"])
    desk.end(desk.take_one())
    desk.calendar.periods.follow(["had_not"])
    key = desk.row("had_not").to_domain().key
    for step in (desk.subscriptions.pause, desk.subscriptions.resume):
        for name in ("had", "had_not"):
            step(name)
        desk.calendar.periods.follow(["had", "had_not"])
    owed = desk.take_one()
    assert owed.subscription_id == "had_not"
    assert owed.key != key
    assert len(desk.rows()) == 2


def test_a_failed_run_whose_retry_a_pause_dropped_is_not_lost(desk: Desk) -> None:
    """It was owed and did not succeed: resumed, it is tried again, or is a dead letter."""
    desk.sell("sub_1", tier=BASIC)
    desk.calendar.periods.follow(["sub_1"])
    desk.end(desk.take_one(), Ending.FAILURE)
    for step in (desk.subscriptions.pause, desk.subscriptions.resume):
        step("sub_1")
        desk.calendar.periods.follow(["sub_1"])
    desk.clock.advance(hours=1)
    desk.calendar.periods.open(DARKWATCH, BASIC)
    assert desk.take() or desk.calendar.dead_letters.list()


def test_who_was_away_for_whole_periods_is_owed_the_present_one_alone(desk: Desk) -> None:
    desk.sell("sub_1")
    desk.calendar.periods.follow(["sub_1"])
    desk.subscriptions.pause("sub_1")
    desk.calendar.periods.follow(["sub_1"])
    for _ in range(3):
        desk.clock.advance(days=1)
        assert desk.calendar.periods.open(DARKWATCH, PREMIUM).owed == 0
    desk.subscriptions.resume("sub_1")
    desk.calendar.periods.follow(["sub_1"])
    assert desk.take_one().slot == "2026-11-27"


def test_one_that_is_gone_is_no_trouble(desk: Desk) -> None:
    desk.sell("sub_1")
    desk.calendar.periods.follow(["erased", "sub_1"])
    desk.calendar.periods.follow([])
    assert {row.subscription_id for row in desk.rows()} == {"sub_1"}
