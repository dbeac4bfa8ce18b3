"""Handing out what is due: order, bounds, two dispatchers, and what is not owed any more."""

import pytest

from kordant_pipelines.domain.calendar.owed import Owed, Reason, State
from kordant_pipelines.domain.calendar.retries import Ending
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines_tests.at_once import at_once
from kordant_pipelines_tests.services.calendar.desk import Desk
from kordant_pipelines_tests.services.calendar.waiting import Waiting

DARKWATCH, HOMETITLE = Job.DARKWATCH, Job.HOMETITLE
PREMIUM, PLUS, BASIC = Tier.PREMIUM, Tier.PLUS, Tier.BASIC


def late_in_the_day(desk: Desk) -> None:
    """Everything that a day, opened before, owes has come due."""
    desk.clock.advance(hours=11, minutes=59, seconds=59)


def opened(desk: Desk, number: int) -> list[str]:
    """So many Premium subscriptions whose ordinary runs of today are due."""
    ids = desk.sell(*(f"sub_{n:03}" for n in range(number)))
    desk.calendar.periods.open(DARKWATCH, PREMIUM)
    late_in_the_day(desk)
    return ids


def test_what_is_taken_is_marked_and_not_taken_again(desk: Desk) -> None:
    opened(desk, 3)
    taken = desk.take()
    assert len(taken) == 3
    assert desk.take() == []
    for row in desk.rows():
        assert row.state is State.DISPATCHED
        assert row.dispatched_at is not None
        assert row.ended_at is None
        assert row.to_domain() in taken


def test_what_is_not_due_or_of_another_job_stays(desk: Desk) -> None:
    desk.sell("sub_1")
    desk.calendar.periods.open(DARKWATCH, PREMIUM)
    due = desk.row("sub_1").due_at
    desk.clock.advance(seconds=(due - desk.clock()).total_seconds() - 1)
    assert desk.take() == []
    desk.clock.advance(seconds=2)
    assert desk.take(HOMETITLE) == []
    assert desk.take_one().due_at == due


def test_the_most_urgent_go_first_and_among_them_the_longest_due(desk: Desk) -> None:
    desk.sell("basic_1", "basic_2", tier=BASIC)
    desk.sell("plus", tier=PLUS)
    desk.sell("premium")
    for tier in Tier:
        desk.calendar.periods.open(DARKWATCH, tier)
    desk.clock.advance(days=6, hours=11, minutes=59)
    desk.sell("new", tier=BASIC, created_at=desk.clock())
    desk.calendar.periods.follow(["new"])
    desk.calendar.events.owe_pending(Job.NOTIFICATIONS, Waiting("basic_1"), after="", limit=10)
    desk.sell("behind")
    desk.calendar.events.owe_breach(7)
    taken = [owed for owed in desk.take(*Job) if owed.job is not HOMETITLE]
    assert [(owed.subscription_id, owed.reason) for owed in taken[:4]] == [
        ("premium", Reason.BASELINE),  # due already, and hurried by the breach
        ("behind", Reason.REAL_TIME),
        ("basic_1", Reason.PENDING_WORK),
        ("new", Reason.BASELINE),
    ]
    assert [owed.tier for owed in taken[4:]] == [PLUS, BASIC, BASIC]
    assert [owed.priority for owed in taken] == sorted((o.priority for o in taken), reverse=True)
    assert taken[-2].due_at <= taken[-1].due_at


def test_a_page_is_bounded_and_goes_on_where_it_stopped(desk: Desk) -> None:
    opened(desk, 25)
    pages = [desk.take(limit=10) for _ in range(4)]
    assert [len(page) for page in pages] == [10, 10, 5, 0]
    taken = [owed for page in pages for owed in page]
    assert taken == sorted(taken, key=lambda owed: (owed.due_at, owed.id))
    assert len({owed.id for owed in taken}) == 25


def test_the_queue_is_filled_to_its_depth_and_no_further(desk: Desk) -> None:
    desk = desk.with_queue_depth(10)
    opened(desk, 25)
    first = desk.take()
    assert len(first) == 10
    assert desk.take() == []
    for owed in first[:4]:
        desk.end(owed)
    assert len(desk.take()) == 4


def test_the_urgent_have_as_much_room_again(desk: Desk) -> None:
    desk = desk.with_queue_depth(10)
    opened(desk, 30)
    assert len(desk.take()) == 10
    desk.calendar.periods.follow(desk.sell(*(f"new_{n:02}" for n in range(15))))
    urgent = desk.take()
    assert len(urgent) == 10
    assert {owed.priority for owed in urgent} == {10}
    assert desk.take() == []
    for owed in urgent:
        desk.end(owed)
    assert [owed.priority for owed in desk.take()] == [10] * 5


def test_what_is_urgent_takes_of_the_others_room_too(desk: Desk) -> None:
    desk = desk.with_queue_depth(10)
    opened(desk, 12)
    desk.calendar.periods.follow(desk.sell(*(f"new_{n}" for n in range(6))))
    assert [owed.priority for owed in desk.take()] == [10] * 6 + [-10] * 4


def test_dispatchers_at_once_take_each_run_once(desk: Desk) -> None:
    opened(desk, 300)
    pages: list[list[Owed]] = []
    while len(pages) < 40 and (more := at_once(lambda _: desk.take(limit=40), 4)):
        pages += more
        if not any(more):
            break
    taken = [owed.id for page in pages for owed in page]
    assert len(taken) == len(set(taken)) == 300
    assert max(len(page) for page in pages) <= 40


def test_what_is_owed_to_the_inactive_is_dropped(desk: Desk) -> None:
    """Though the change was not followed yet."""
    opened(desk, 3)
    desk.subscriptions.pause("sub_000")
    desk.subscriptions.cancel("sub_001")
    assert [owed.subscription_id for owed in desk.take()] == ["sub_002"]
    for name in ("sub_000", "sub_001"):
        row = desk.row(name)
        assert (row.state, row.dispatched_at) == (State.DROPPED, None)
        assert row.ended_at is not None


def test_what_another_cadence_owes_is_superseded(desk: Desk) -> None:
    opened(desk, 1)
    desk.subscriptions.set_tier("sub_000", PLUS)
    assert desk.take() == []
    assert desk.row("sub_000").state is State.SUPERSEDED
    desk.calendar.periods.follow(["sub_000"])
    assert desk.take_one().slot == "2026-W48"


def test_what_the_tier_does_not_have_is_dropped(desk: Desk) -> None:
    desk.sell("sub_1", tier=PLUS)
    desk.calendar.periods.open(Job.REPORTS, PLUS)
    desk.clock.advance(days=6, hours=11)
    desk.subscriptions.set_tier("sub_1", BASIC)
    assert desk.take(Job.REPORTS) == []
    assert desk.row("sub_1", Job.REPORTS).state is State.DROPPED


def test_of_two_periods_that_are_due_the_later_is_run(desk: Desk) -> None:
    opened(desk, 1)
    desk.clock.advance(hours=1)
    desk.calendar.periods.open(DARKWATCH, PREMIUM)
    desk.clock.advance(hours=22, minutes=59)
    assert desk.take_one().slot == "2026-11-25"
    assert desk.states("sub_000") == {
        "2026-11-24": State.SUPERSEDED,
        "2026-11-25": State.DISPATCHED,
    }


def test_a_retry_is_run_beside_a_later_periods_run(desk: Desk) -> None:
    opened(desk, 1)
    desk.end(desk.take_one(), Ending.FAILURE)
    desk.clock.advance(hours=24)
    desk.calendar.periods.open(DARKWATCH, PREMIUM)
    assert [(owed.slot, owed.attempt) for owed in desk.take()] == [
        ("2026-11-24", 1),
        ("2026-11-25", 0),
    ]


@pytest.mark.parametrize("limit", [1, 3])
def test_what_is_ended_rather_than_dispatched_does_not_stop_the_rest(
    desk: Desk, limit: int
) -> None:
    ids = opened(desk, 9)
    for id_ in ids[:6]:
        desk.subscriptions.pause(id_)
    taken: list[Owed] = []
    for _ in range(9):
        page = desk.take(limit=limit)
        assert len(page) <= limit
        taken += page
    assert {owed.subscription_id for owed in taken} == set(ids[6:])
