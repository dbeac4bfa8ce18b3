"""What became of dispatched runs: endings, retries, runs that never were."""

from datetime import timedelta

import pytest

from kordant_pipelines.domain.calendar.owed import Failure, Owed, State
from kordant_pipelines.domain.calendar.retries import Ending, Settlement
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.services.calendar.outcomes import RunRef
from kordant_pipelines_tests.at_once import at_once
from kordant_pipelines_tests.services.calendar.desk import Desk, ended_run, run_of, seconds

SUCCESS, FAILURE, CANCELED = Ending
DELAYS = (60, 300, 900)


@pytest.fixture
def owed(desk: Desk) -> Owed:
    """A Basic subscription's run under way."""
    desk.sell("sub_1", tier=Tier.BASIC)
    desk.calendar.periods.follow(["sub_1"])
    return desk.take_one()


def reference(owed: Owed) -> RunRef:
    return RunRef(run_of(owed), owed.key, owed.parent_run_id)


def advance_to_retry(desk: Desk) -> Owed:
    row = desk.rows("sub_1")[-1]
    desk.clock.advance(seconds=(row.due_at - desk.clock()).total_seconds())
    return desk.take_one()


@pytest.mark.parametrize(
    ("ending", "permanent", "state", "failure"),
    [
        (SUCCESS, False, State.SUCCEEDED, None),
        (CANCELED, False, State.CANCELLED, None),
        (FAILURE, True, State.DEAD, Failure.PERMANENT),
    ],
)
def test_what_is_final_is_written_down(
    desk: Desk,
    owed: Owed,
    ending: Ending,
    permanent: bool,  # noqa: FBT001
    state: State,
    failure: Failure | None,
) -> None:
    run = ended_run(owed, ending, desk.clock(), permanent=permanent)
    assert desk.calendar.outcomes.settle([run]) == [Settlement(state, failure)]
    row = desk.row("sub_1")
    assert (row.state, row.failure, row.ended_at) == (state, failure, run.ended.at)
    assert (row.run_id, row.root_run_id, row.parent_run_id) == (run_of(owed), run_of(owed), None)


def test_retries_are_due_exactly_a_minute_five_and_fifteen_after_the_ends(
    desk: Desk, owed: Owed
) -> None:
    root, parent = run_of(owed), None
    for attempt, delay in enumerate(DELAYS):
        assert (owed.attempt, owed.root_run_id, owed.parent_run_id) == (
            attempt,
            root if attempt else None,
            parent,
        )
        desk.clock.advance(minutes=7)
        ended_at = desk.clock()
        [settled] = desk.calendar.outcomes.settle([ended_run(owed, FAILURE, ended_at)])
        due = ended_at + seconds(delay)
        assert settled == Settlement(State.RETRIED, retry_at=due)
        retry = desk.rows("sub_1")[-1]
        assert (retry.state, retry.attempt, retry.due_at) == (State.OWED, attempt + 1, due)
        assert (retry.slot, retry.cadence, retry.reason, retry.tier, retry.priority) == (
            owed.slot,
            owed.cadence,
            owed.reason,
            owed.tier,
            owed.priority,
        )
        desk.clock.advance(seconds=(due - desk.clock()).total_seconds() - 0.001)
        assert desk.take() == []
        desk.clock.advance(seconds=0.001)
        parent = run_of(owed)
        owed = desk.take_one()
    [settled] = desk.end(owed, FAILURE)
    assert settled == Settlement(State.DEAD, Failure.EXHAUSTED)
    assert [row.state for row in desk.rows("sub_1")] == [State.RETRIED] * 3 + [State.DEAD]
    assert {row.root_run_id for row in desk.rows("sub_1")} == {root}


def test_a_retry_that_succeeds_is_the_end_of_it(desk: Desk, owed: Owed) -> None:
    desk.end(owed, FAILURE)
    desk.end(advance_to_retry(desk))
    desk.clock.advance(hours=1)
    assert desk.take() == []
    assert [row.state for row in desk.rows("sub_1")] == [State.RETRIED, State.SUCCEEDED]


def test_a_retry_may_fail_for_good_before_its_turns_are_over(desk: Desk, owed: Owed) -> None:
    desk.end(owed, FAILURE)
    desk.die(advance_to_retry(desk))
    assert desk.rows("sub_1")[-1].failure is Failure.PERMANENT
    desk.clock.advance(hours=1)
    assert desk.take() == []


@pytest.mark.parametrize("inactive", ["pause", "cancel"])
def test_a_failure_of_what_became_inactive_is_dropped(
    desk: Desk, owed: Owed, inactive: str
) -> None:
    {"pause": desk.subscriptions.pause, "cancel": desk.subscriptions.cancel}[inactive]("sub_1")
    [settled] = desk.end(owed, FAILURE)
    assert settled == Settlement(State.DROPPED)
    assert desk.row("sub_1").state is State.DROPPED


def test_who_failed_while_paused_is_owed_the_run_anew_once_resumed(desk: Desk, owed: Owed) -> None:
    desk.subscriptions.pause("sub_1")
    desk.end(owed, FAILURE)
    desk.subscriptions.resume("sub_1")
    desk.calendar.periods.follow(["sub_1"])
    again = desk.take_one()
    assert (again.id, again.slot) == (owed.id, owed.slot)
    assert again.key != owed.key
    # The end of the first launch, told late, is not the end of the second.
    desk.calendar.outcomes.settle([ended_run(owed, SUCCESS, desk.clock())])
    assert next(row for row in desk.rows("sub_1") if row.id == owed.id).state is State.DISPATCHED


@pytest.mark.parametrize("ending", Ending)
def test_the_same_end_settled_again_changes_nothing(desk: Desk, owed: Owed, ending: Ending) -> None:
    run = ended_run(owed, ending, desk.clock())
    desk.calendar.outcomes.settle([run])
    before = [(row.id, row.state, row.due_at) for row in desk.rows("sub_1")]
    for _ in range(3):
        desk.clock.advance(seconds=1)
        assert desk.calendar.outcomes.settle([run]) == []
    assert [(row.id, row.state, row.due_at) for row in desk.rows("sub_1")] == before


def test_the_same_end_settled_from_eight_threads_owes_one_retry(desk: Desk, owed: Owed) -> None:
    """Two sensors settle: the one that follows ends, and the one that looks for lost runs."""
    run = ended_run(owed, FAILURE, desk.clock())
    settled = at_once(lambda _: desk.calendar.outcomes.settle([run]), 8)
    assert sum(map(len, settled)) == 1
    assert [(row.slot, row.attempt, row.state) for row in desk.rows("sub_1")] == [
        (owed.slot, 0, State.RETRIED),
        (owed.slot, 1, State.OWED),
    ]


def test_an_end_told_twice_in_one_page_owes_one_retry(desk: Desk, owed: Owed) -> None:
    run = ended_run(owed, FAILURE, desk.clock())
    desk.calendar.outcomes.settle([run, run])
    assert [row.state for row in desk.rows("sub_1")] == [State.RETRIED, State.OWED]


def test_a_page_is_settled_whole(desk: Desk) -> None:
    ids = desk.sell(*(f"sub_{n}" for n in range(9)))
    desk.calendar.periods.follow(ids)
    endings = {id_: list(Ending)[n % 3] for n, id_ in enumerate(ids)}
    at = desk.clock()
    page = [ended_run(owed, endings[owed.subscription_id], at) for owed in desk.take()]
    assert len(desk.calendar.outcomes.settle(page)) == 9
    for id_, ending in endings.items():
        first, *retries = desk.rows(id_)
        assert (
            first.state
            is {
                SUCCESS: State.SUCCEEDED,
                FAILURE: State.RETRIED,
                CANCELED: State.CANCELLED,
            }[ending]
        )
        assert [row.state for row in retries] == [State.OWED] * (ending is FAILURE)


def test_a_run_is_unsettled_until_its_end_is_written_down(desk: Desk, owed: Owed) -> None:
    outcomes, ref = desk.calendar.outcomes, reference(owed)
    assert outcomes.unsettled([ref]) == {ref.run_id}
    outcomes.note_runs({owed.id: ref.run_id})
    assert outcomes.unsettled([ref]) == {ref.run_id}
    desk.end(owed)
    assert outcomes.unsettled([ref]) == set()
    stranger = RunRef("by-hand", None, None)
    assert outcomes.unsettled([ref, stranger]) == {"by-hand"}
    assert outcomes.unsettled([]) == set()


def test_only_what_was_dispatched_a_while_ago_is_looked_after(desk: Desk, owed: Owed) -> None:
    outcomes = desk.calendar.outcomes
    assert outcomes.long_dispatched(limit=10) == []
    desk.clock.advance(seconds=61)
    assert outcomes.long_dispatched(limit=10) == [(owed, None)]
    outcomes.note_runs({owed.id: "run"})
    assert outcomes.long_dispatched(limit=10) == [(owed, "run")]
    desk.end(owed)
    assert outcomes.long_dispatched(limit=10) == []


def test_the_longest_dispatched_are_looked_after_first(desk: Desk) -> None:
    taken: list[Owed] = []
    for number in range(4):
        [id_] = desk.sell(f"sub_{3 - number}")
        desk.calendar.periods.follow([id_])
        taken.append(desk.take_one())
        desk.clock.advance(minutes=1)
    desk.clock.advance(minutes=1)
    assert [owed for owed, _ in desk.calendar.outcomes.long_dispatched(limit=3)] == taken[:3]


def test_what_has_no_run_is_owed_again_under_the_same_key(desk: Desk, owed: Owed) -> None:
    desk.calendar.outcomes.give_back([owed])
    row = desk.row("sub_1")
    assert (row.state, row.dispatched_at, row.run_id) == (State.OWED, None, None)
    assert desk.take_one() == owed
    desk.end(owed)
    assert desk.row("sub_1").state is State.SUCCEEDED


def test_a_retry_that_is_given_back_keeps_its_place_and_lineage(desk: Desk, owed: Owed) -> None:
    desk.end(owed, FAILURE)
    retry = advance_to_retry(desk)
    desk.calendar.outcomes.give_back([retry])
    assert desk.take_one() == retry


def test_what_ended_meanwhile_is_not_given_back(desk: Desk, owed: Owed) -> None:
    desk.end(owed)
    desk.calendar.outcomes.give_back([owed])
    desk.calendar.outcomes.note_runs({owed.id: "another"})
    assert (desk.row("sub_1").state, desk.row("sub_1").run_id) == (State.SUCCEEDED, run_of(owed))
    assert desk.take() == []


def test_a_run_that_was_merely_late_is_settled_once(desk: Desk, owed: Owed) -> None:
    """It was given back, then found on record and ended, before it was dispatched again."""
    desk.calendar.outcomes.give_back([owed])
    run = ended_run(owed, FAILURE, desk.clock())
    desk.calendar.outcomes.settle([run])
    for again in desk.take():  # Dagster launches nothing, as the key is taken
        desk.calendar.outcomes.settle([ended_run(again, FAILURE, run.ended.at)])
    open_rows = [row for row in desk.rows("sub_1") if row.state is State.OWED]
    assert [(row.slot, row.attempt) for row in open_rows] == [(owed.slot, 1)]
    assert open_rows[0].due_at - run.ended.at == timedelta(minutes=1)


def test_the_ends_of_other_jobs_do_not_settle_this_one(desk: Desk, owed: Owed) -> None:
    other = desk.take_one(Job.HOMETITLE)
    desk.end(other, CANCELED)
    assert desk.row("sub_1").state is State.DISPATCHED
    assert desk.row("sub_1", Job.HOMETITLE).state is State.CANCELLED
    assert owed.id != other.id
