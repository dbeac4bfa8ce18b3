"""What a run's end means, and when its retries are due."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from kordant_pipelines.domain.calendar.owed import Failure, State
from kordant_pipelines.domain.calendar.retries import (
    RETRY_DELAYS,
    Ended,
    Ending,
    Settlement,
    settle,
)

AT = datetime(2026, 11, 24, 23, 50, 0, 123456, tzinfo=UTC)


def ended(ending: Ending, *, permanent: bool = False) -> Ended:
    return Ended("run", "root", ending, AT, permanent)


@pytest.mark.parametrize(("attempt", "seconds"), [(0, 60), (1, 300), (2, 900)])
def test_retries_are_due_a_minute_five_and_a_quarter_of_an_hour_after_the_end(
    attempt: int, seconds: int
) -> None:
    settled = settle(ended(Ending.FAILURE), attempt, active=True)
    assert settled == Settlement(State.RETRIED, retry_at=AT + timedelta(seconds=seconds))


@pytest.mark.parametrize("attempt", [3, 4, 99])
def test_the_fourth_failure_is_the_last(attempt: int) -> None:
    assert len(RETRY_DELAYS) == 3
    settled = settle(ended(Ending.FAILURE), attempt, active=True)
    assert settled == Settlement(State.DEAD, Failure.EXHAUSTED)


@pytest.mark.parametrize("attempt", range(5))
def test_what_trying_again_cannot_help_is_not_tried_again(attempt: int) -> None:
    settled = settle(ended(Ending.FAILURE, permanent=True), attempt, active=True)
    assert settled == Settlement(State.DEAD, Failure.PERMANENT)


@pytest.mark.parametrize(("attempt", "permanent"), [*product(range(5), [False, True])])
def test_nothing_is_retried_for_an_inactive_subscription(attempt: int, *, permanent: bool) -> None:
    settled = settle(ended(Ending.FAILURE, permanent=permanent), attempt, active=False)
    assert settled == Settlement(State.DROPPED)


@pytest.mark.parametrize(("attempt", "active"), [*product(range(5), [False, True])])
def test_success_and_an_operators_cancelling_are_the_end(attempt: int, *, active: bool) -> None:
    succeeded = settle(ended(Ending.SUCCESS), attempt, active=active)
    cancelled = settle(ended(Ending.CANCELED), attempt, active=active)
    assert succeeded == Settlement(State.SUCCEEDED)
    assert cancelled == Settlement(State.CANCELLED)


def test_other_delays_give_other_retries() -> None:
    delays = (timedelta(seconds=1),)
    first = settle(ended(Ending.FAILURE), 0, active=True, delays=delays)
    second = settle(ended(Ending.FAILURE), 1, active=True, delays=delays)
    assert first.retry_at == AT + timedelta(seconds=1)
    assert second == Settlement(State.DEAD, Failure.EXHAUSTED)
    none = settle(ended(Ending.FAILURE), 0, active=True, delays=())
    assert none == Settlement(State.DEAD, Failure.EXHAUSTED)


def test_an_end_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        Ended("run", "root", Ending.SUCCESS, datetime(2026, 11, 24))  # noqa: DTZ001 - the case in question
