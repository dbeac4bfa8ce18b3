"""The calendar as people read it; what it foretells must be what is owed later."""

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest

from kordant_pipelines.domain.calendar.cadences import PAIRS, Cadence
from kordant_pipelines.domain.calendar.owed import Failure, Reason, State
from kordant_pipelines.domain.calendar.periods import Window
from kordant_pipelines.domain.calendar.retries import Ending
from kordant_pipelines.domain.errors import UnknownSubscription
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines_tests.services.calendar.desk import Desk, run_of

DARKWATCH, REPORTS = Job.DARKWATCH, Job.REPORTS
NIGHT = Window.parse("01:00-05:30")
DAYS = 40


def open_all(desk: Desk) -> None:
    for job, tier in PAIRS:
        desk.calendar.periods.open(job, tier)


def a_mixed_desk(desk: Desk) -> list[str]:
    """Subscriptions of every tier, some inactive or new, under schedules that were changed."""
    ids: list[str] = []
    for tier in Tier:
        ids += desk.sell(*(f"{tier}_{n}" for n in range(8)), tier=tier)
        desk.subscriptions.pause(f"{tier}_6")
        desk.subscriptions.cancel(f"{tier}_7")
    ids += desk.sell("new", created_at=desk.clock())
    desk.calendar.schedules.set(DARKWATCH, Tier.PLUS, window=NIGHT)
    desk.calendar.schedules.set(DARKWATCH, Tier.BASIC, cadence=Cadence.WEEKLY)
    desk.calendar.schedules.pause(Job.HOMETITLE, Tier.PREMIUM)
    open_all(desk)
    desk.calendar.periods.follow(ids)
    return ids


def let_time_pass(desk: Desk, days: int) -> None:
    """Open each period as it comes, and let what is due succeed."""
    for _ in range(days):
        desk.clock.advance(days=1)
        open_all(desk)
        desk.succeed_all()


def test_days_foretell_what_opening_will_owe(desk: Desk) -> None:
    a_mixed_desk(desk)
    today = desk.clock().date()
    foretold = Counter[tuple[date, Job, Tier]]()
    for count in desk.calendar.view.by_day(DAYS):
        if count.state is None:
            assert count.day > today
            foretold[count.day, count.job, count.tier] += count.runs
    assert {(job, tier) for _, job, tier in foretold} == set(PAIRS) - {
        (Job.HOMETITLE, Tier.PREMIUM)
    }
    present = {row.id for row in desk.rows(job=None)}
    let_time_pass(desk, DAYS + 2)
    last = today + timedelta(days=DAYS)
    happened = Counter(
        (row.due_at.date(), row.job, row.tier)
        for row in desk.rows(job=None)
        if row.id not in present and row.due_at.date() <= last
    )
    assert foretold == happened


def test_a_subscription_is_foretold_what_opening_will_owe_it(desk: Desk) -> None:
    ids = a_mixed_desk(desk)
    until = desk.clock() + timedelta(days=DAYS)
    foretold = {
        id_: {
            (one.job, one.slot, one.due_at)
            for one in desk.calendar.view.of_subscription(id_, DAYS)
            if one.state is None
        }
        for id_ in ids
    }
    assert all(bool(foretold[id_]) is (id_[-1] not in "67") for id_ in ids)
    present = {row.id for row in desk.rows(job=None)}
    let_time_pass(desk, DAYS + 2)
    for id_ in ids:
        happened = {
            (row.job, row.slot, row.due_at)
            for row in desk.rows(id_, job=None)
            if row.id not in present and row.due_at <= until
        }
        assert foretold[id_] == happened


def test_a_subscriptions_past_is_told_in_order_with_its_runs(desk: Desk) -> None:
    desk.sell("sub_1", "other")
    desk.calendar.periods.follow(["sub_1", "other"])
    owed = next(one for one in desk.take() if one.subscription_id == "sub_1")
    desk.end(owed, Ending.FAILURE)
    desk.clock.advance(minutes=1)
    retry = desk.take_one()
    desk.die(retry)
    entries = desk.calendar.view.of_subscription("sub_1", 2)
    assert all(one.due_at <= other.due_at for one, other in pairwise(entries))
    past = [one for one in entries if one.job is DARKWATCH and one.state is not None]
    assert [(one.attempt, one.state, one.failure, one.run_id) for one in past] == [
        (0, State.RETRIED, None, run_of(owed)),
        (1, State.DEAD, Failure.PERMANENT, run_of(retry)),
    ]
    assert all(one.ended_at is not None and one.reason is Reason.BASELINE for one in past)
    coming = [one.slot for one in entries if one.job is DARKWATCH and one.state is None]
    assert coming[0] == "2026-11-25"
    assert len(coming) in {1, 2}
    assert not any(one.run_id or one.ended_at for one in entries if one.state is None)


def test_what_lies_further_off_is_not_told(desk: Desk) -> None:
    desk.sell("sub_1")
    desk.calendar.periods.follow(["sub_1"])
    desk.succeed_all()
    desk.clock.advance(days=3)
    now = desk.clock()
    for days in (1, 2, 4):
        entries = desk.calendar.view.of_subscription("sub_1", days)
        assert all(abs(one.due_at - now) <= timedelta(days=days, seconds=1) for one in entries)
        assert any(one.state is State.SUCCEEDED for one in entries) is (days > 3)


def test_days_are_utc_days_and_count_by_state(desk: Desk) -> None:
    desk.clock.advance(hours=-12)
    ids = desk.sell(*(f"sub_{n}" for n in range(10)))
    desk.calendar.periods.open(DARKWATCH, Tier.PREMIUM)
    desk.clock.advance(hours=12)
    taken = desk.take()
    desk.end(taken[0])
    today = {
        (count.job, count.tier, count.state): count.runs
        for count in desk.calendar.view.by_day(0)
        if count.day == desk.clock().date()
    }
    assert today == {
        (DARKWATCH, Tier.PREMIUM, State.SUCCEEDED): 1,
        (DARKWATCH, Tier.PREMIUM, State.DISPATCHED): len(taken) - 1,
        (DARKWATCH, Tier.PREMIUM, State.OWED): len(ids) - len(taken),
    }


@pytest.mark.parametrize("days", [0, 1, 10])
def test_days_reach_as_far_as_asked_either_way(desk: Desk, days: int) -> None:
    desk.sell(*(f"sub_{n}" for n in range(20)))
    open_all(desk)
    let_time_pass(desk, 3)
    today = desk.clock().date()
    counts = desk.calendar.view.by_day(days)
    assert list(counts) == sorted(counts, key=lambda one: (one.day, one.job, one.tier))
    seen = {count.day for count in counts}
    assert max(seen) == today + timedelta(days=days)
    assert min(seen) == max(today - timedelta(days=days), date(2026, 11, 23))


def test_an_unknown_subscription_is_refused(desk: Desk) -> None:
    with pytest.raises(UnknownSubscription):
        desk.calendar.view.of_subscription("nobody", 7)
