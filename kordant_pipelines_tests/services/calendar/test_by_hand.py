"""Runs that nothing owed: launched or re-executed in the UI, or by a backfill."""

import pytest

from kordant_pipelines.domain.calendar.owed import Failure, Reason, State
from kordant_pipelines.domain.calendar.retries import Ending, Settlement
from kordant_pipelines_tests.at_once import at_once
from kordant_pipelines_tests.services.calendar.desk import Desk, by_hand, run_of, seconds

SUCCESS, FAILURE, CANCELED = Ending


@pytest.mark.parametrize(
    ("ending", "state"), [(SUCCESS, State.SUCCEEDED), (CANCELED, State.CANCELLED)]
)
def test_one_that_is_over_is_taken_into_the_calendar_and_owes_nothing(
    desk: Desk, ending: Ending, state: State
) -> None:
    desk.sell("sub_1")
    at = desk.clock()
    assert desk.calendar.outcomes.settle([by_hand("sub_1", ending, at)]) == [Settlement(state)]
    row = desk.row("sub_1")
    assert (row.state, row.reason, row.slot) == (state, Reason.BY_HAND, "run/by-hand")
    assert (row.run_id, row.cadence, row.ended_at) == ("by-hand", None, at)
    desk.clock.advance(hours=1)
    assert desk.take() == []


def test_one_that_failed_gets_its_retries(desk: Desk) -> None:
    desk.sell("sub_1")
    at = desk.clock()
    [settled] = desk.calendar.outcomes.settle([by_hand("sub_1", FAILURE, at)])
    assert settled == Settlement(State.RETRIED, retry_at=at + seconds(60))
    for delay in (60, 300, 900):
        desk.clock.advance(seconds=delay)
        retry = desk.take_one()
        assert (retry.reason, retry.root_run_id) == (Reason.BY_HAND, "by-hand")
        desk.end(retry, FAILURE)
    [letter] = desk.calendar.dead_letters.list()
    assert (letter.failure, letter.attempts) == (Failure.EXHAUSTED, 4)


def test_one_that_failed_for_good_is_a_dead_letter(desk: Desk) -> None:
    desk.sell("sub_1")
    run = by_hand("sub_1", FAILURE, desk.clock(), permanent=True)
    desk.calendar.outcomes.settle([run])
    assert [letter.run_id for letter in desk.calendar.dead_letters.list()] == ["by-hand"]


def test_settling_one_again_or_at_once_changes_nothing(desk: Desk) -> None:
    desk.sell("sub_1")
    run = by_hand("sub_1", FAILURE, desk.clock())
    settled = at_once(lambda _: desk.calendar.outcomes.settle([run]), 8)
    assert sum(map(len, settled)) == 1
    assert [row.state for row in desk.rows("sub_1")] == [State.RETRIED, State.OWED]
    assert desk.calendar.outcomes.settle([run]) == []
    assert len(desk.rows("sub_1")) == 2


def test_one_of_an_unknown_or_inactive_subscription_is_left_out(desk: Desk) -> None:
    desk.sell("paused", "cancelled")
    desk.subscriptions.pause("paused")
    desk.subscriptions.cancel("cancelled")
    at = desk.clock()
    runs = [by_hand(id_, FAILURE, at, run_id=id_) for id_ in ("paused", "cancelled", "erased")]
    assert desk.calendar.outcomes.settle(runs) == []
    assert desk.rows() == []


def test_it_does_not_stand_for_the_run_that_the_period_owes(desk: Desk) -> None:
    desk.sell("sub_1")
    desk.calendar.periods.follow(["sub_1"])
    desk.calendar.outcomes.settle([by_hand("sub_1", SUCCESS, desk.clock())])
    assert desk.take_one().slot == "2026-11-24"


@pytest.mark.parametrize("ending", Ending)
def test_a_re_execution_with_copied_tags_does_not_settle_the_owed_run(
    desk: Desk, ending: Ending
) -> None:
    """The UI copies a run's tags; its parent tells the copy apart."""
    desk.sell("sub_1")
    desk.calendar.periods.follow(["sub_1"])
    owed = desk.take_one()
    copy = by_hand("sub_1", ending, desk.clock(), key=owed.key, parent=run_of(owed))
    assert desk.calendar.outcomes.unsettled([copy.ref]) == {"by-hand"}
    desk.calendar.outcomes.settle([copy])
    first, adopted, *_ = desk.rows("sub_1")
    assert (first.id, first.state, first.run_id) == (owed.id, State.DISPATCHED, None)
    assert (adopted.reason, adopted.parent_run_id) == (Reason.BY_HAND, run_of(owed))
    assert desk.end(owed) == [Settlement(State.SUCCEEDED)]


def test_a_re_execution_of_a_retry_does_not_settle_that_retry(desk: Desk) -> None:
    desk.sell("sub_1")
    desk.calendar.periods.follow(["sub_1"])
    first = desk.take_one()
    desk.end(first, FAILURE)
    desk.clock.advance(minutes=1)
    retry = desk.take_one()
    for number, parent in enumerate((run_of(retry), None)):
        copy = by_hand(
            "sub_1", SUCCESS, desk.clock(), run_id=f"copy-{number}", key=retry.key, parent=parent
        )
        desk.calendar.outcomes.settle([copy])
        assert desk.rows("sub_1")[1].state is State.DISPATCHED
    assert desk.end(retry) == [Settlement(State.SUCCEEDED)]


@pytest.mark.parametrize("key", ["nonsense", "", "12", "1.x", "-1.0", "99999999999999999999.0"])
def test_a_key_that_somebody_typed_stops_nobody_elses_settling(desk: Desk, key: str) -> None:
    """A tag is free text in the UI's launchpad; one bad one must not jam every later end."""
    desk.sell("sub_1", "sub_2")
    desk.calendar.periods.follow(["sub_1"])
    owed = desk.take_one()
    typed = by_hand("sub_2", SUCCESS, desk.clock(), key=key)
    assert desk.calendar.outcomes.unsettled([typed.ref]) == {"by-hand"}
    desk.calendar.outcomes.settle([typed])
    assert desk.row("sub_2").reason is Reason.BY_HAND
    assert desk.end(owed) == [Settlement(State.SUCCEEDED)]
