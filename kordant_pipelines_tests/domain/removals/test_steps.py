"""What comes next, and when."""

from dataclasses import replace
from datetime import timedelta

import pytest

from kordant_pipelines.domain.removals.brokers import Method, Sight
from kordant_pipelines.domain.removals.cadence import backoff
from kordant_pipelines.domain.removals.requests import (
    ParentStands,
    Request,
    advance,
    looked,
    parent_stands,
)
from kordant_pipelines.domain.removals.states import Event, State
from kordant_pipelines.domain.removals.steps import MAX_ATTEMPTS, Action, next_step
from kordant_pipelines_tests.domain.removals.examples import START, request


def _submitted(**changes: object) -> Request:
    listed = replace(request(), listed=True, looked_at=START)
    claimed = advance(listed, Event.CLAIMED, START)
    return replace(advance(claimed, Event.ACCEPTED, START), **changes)  # pyright: ignore[reportArgumentType] - a test's shorthand


def test_nobody_is_asked_about_a_person_before_a_look_found_them() -> None:
    assert next_step(request()).action is Action.LOOK
    seen, event = looked(request(), START, listed=True)
    assert event is None
    assert next_step(seen).action is Action.SUBMIT
    gone, event = looked(request(), START, listed=False)
    assert event is Event.LOOK_CLEAR
    assert gone.state is State.NOT_FOUND


@pytest.mark.parametrize("sight", [Sight.CUSTOMER, Sight.NONE])
def test_where_we_cannot_look_the_request_goes_out_at_once(sight: Sight) -> None:
    assert next_step(request(sight=sight)).action is Action.SUBMIT
    assert next_step(request(Method.GUIDED, sight)).action is Action.HAND_OVER


def test_looks_grow_rarer() -> None:
    removed, _ = looked(_submitted(), START, listed=False)
    assert removed.state is State.REMOVED
    gaps: list[float] = []
    for _ in range(20):
        step = next_step(removed)
        assert step.action is Action.LOOK
        assert removed.looked_at is not None
        gaps.append((step.at - removed.looked_at) / timedelta(hours=1))
        removed, _ = looked(removed, step.at, listed=False)
    assert gaps[:8] == [48.0] * 8
    assert gaps[8:13] == [84.0] * 4 + [720.0]
    assert set(gaps[13:]) == {720.0}


def test_a_look_due_with_a_clock_comes_first() -> None:
    submitted = _submitted()
    assert submitted.deadline is not None
    late = replace(submitted, looked_at=submitted.deadline - timedelta(hours=84))
    assert next_step(late).action is Action.LOOK


def test_a_late_acknowledgement_does_not_stop_the_clock_of_the_answer() -> None:
    submitted = _submitted()
    assert submitted.deadline is not None
    overdue = advance(submitted, Event.CLOCK_RAN_OUT, submitted.deadline)
    acknowledged = advance(overdue, Event.BROKER_ACKNOWLEDGED, submitted.deadline)
    assert acknowledged.deadline is not None
    again = advance(acknowledged, Event.CLOCK_RAN_OUT, acknowledged.deadline)
    with pytest.raises(ValueError, match="does not happen"):
        advance(again, Event.BROKER_ACKNOWLEDGED, acknowledged.deadline)


def test_a_notice_that_it_takes_longer_counts_within_the_time_there_was() -> None:
    submitted = _submitted(acknowledged=True)
    assert submitted.deadline is not None
    early, late = submitted.deadline - timedelta(hours=1), submitted.deadline
    assert advance(submitted, Event.BROKER_EXTENDED, early).state is State.ACKNOWLEDGED
    with pytest.raises(ValueError, match="does not happen"):
        advance(submitted, Event.BROKER_EXTENDED, late)
    overdue = advance(submitted, Event.CLOCK_RAN_OUT, late)
    with pytest.raises(ValueError, match="does not happen"):
        advance(overdue, Event.BROKER_EXTENDED, late + timedelta(days=3))


@pytest.mark.parametrize("sight", Sight)
def test_a_form_nobody_looked_at_since_is_not_late(sight: Sight) -> None:
    unseen = replace(_submitted(), method=Method.WEB_FORM, sight=sight, submitted_at=START)
    assert next_step(replace(unseen, not_before=START + timedelta(days=60))).action is not (
        Action.MARK_OVERDUE
    )
    seen_at = START + timedelta(days=20)
    seen = replace(unseen, looked_at=seen_at, listed=True, customer_saw=True)
    late = next_step(replace(seen, not_before=START + timedelta(days=60), asked_at=seen_at))
    assert (late.action is Action.MARK_OVERDUE) is (sight is not Sight.NONE)


def test_the_letter_of_a_later_round_is_another_one() -> None:
    refused = advance(_submitted(), Event.BROKER_REFUSED, START)
    again = advance(refused, Event.TRIED_AGAIN, START + timedelta(days=180))
    assert advance(again, Event.CLAIMED, START + timedelta(days=181)).attempts == 2


def test_a_late_run_escalates_no_later() -> None:
    submitted = _submitted()
    assert submitted.deadline is not None
    in_time = advance(submitted, Event.CLOCK_RAN_OUT, submitted.deadline)
    seen_late = advance(submitted, Event.CLOCK_RAN_OUT, submitted.deadline + timedelta(days=9))
    escalations = [next_step(replace(r, sight=Sight.NONE)).at for r in (in_time, seen_late)]
    assert escalations[0] == escalations[1]


@pytest.mark.parametrize(
    ("state", "stands"),
    [
        (None, ParentStands.NONE),
        (State.SUBMITTED, ParentStands.UNDERWAY),
        (State.REMOVED, ParentStands.COVERS),
        (State.VERIFYING, ParentStands.COVERS),
        (State.REJECTED, ParentStands.FELL_SHORT),
        (State.NOT_FOUND, ParentStands.FELL_SHORT),
    ],
)
def test_a_child_waits_for_its_parent_and_no_longer(
    state: State | None, stands: ParentStands
) -> None:
    assert parent_stands(state) is stands
    child = replace(request(), listed=True, looked_at=START, parent=stands)
    expected = {
        ParentStands.NONE: Action.SUBMIT,
        ParentStands.UNDERWAY: {Action.LOOK, Action.WAIT},
        ParentStands.COVERS: Action.JOIN_PARENT,
        ParentStands.FELL_SHORT: Action.SUBMIT,
    }[stands]
    action = next_step(child).action
    assert action in expected if isinstance(expected, set) else action is expected


def test_a_child_its_parent_did_not_cover_asks_for_itself() -> None:
    child = replace(request(), listed=True, looked_at=START, parent=ParentStands.COVERS)
    joined = advance(child, Event.PARENT_COVERS, START)
    left = advance(joined, Event.PARENT_FELL_SHORT, START + timedelta(days=15))
    assert next_step(left).action is Action.SUBMIT


def test_failures_wait_longer_and_never_past_two_days() -> None:
    assert [backoff(n) / timedelta(hours=1) for n in (0, 1, 2, 5, 6, 99)] == [1, 2, 4, 32, 48, 48]


def test_too_many_attempts_come_to_an_end() -> None:
    tried = replace(request(), listed=True, looked_at=START)
    for _ in range(MAX_ATTEMPTS):
        tried = advance(advance(tried, Event.CLAIMED, START), Event.NOT_SENT, START)
    assert next_step(tried).action is Action.GIVE_UP
