"""What is measured of runs, and when operators are told that something is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Measure(StrEnum):
    """What a run's histogram is of: from its due time to its start, or from start to end."""

    WAIT = "wait"
    DURATION = "duration"


BUCKETS: Mapping[Measure, tuple[float, ...]] = {
    Measure.WAIT: (1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 21_600, 86_400),
    Measure.DURATION: (0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600),
}
"""Upper bounds in seconds; what is longer falls into a last bucket without bound."""


def bucket_of(measure: Measure, seconds: float) -> float:
    """The bound of the bucket that `seconds` falls into; infinity beyond the last."""
    return next((bound for bound in BUCKETS[measure] if seconds <= bound), float("inf"))


class Condition(StrEnum):
    """What operators are told of by itself."""

    QUEUE_WAITING = "queue_waiting"
    OLDEST_DUE = "oldest_due"
    FAILURE_RATE = "failure_rate"
    PROVIDER_ERRORS = "provider_errors"
    HEARTBEAT = "heartbeat"


CALM = 0.8
"""The share of its limit under which a raised condition calms down: a value that dances around its
limit is one alert."""


@dataclass(frozen=True, slots=True)
class ConditionState:
    """Since when a condition is raised, and since when its value has been calm; None if not."""

    raised_at: datetime | None = None
    calm_since: datetime | None = None


class Turn(StrEnum):
    """What operators hear of."""

    RAISED = "raised"
    OVER = "over"


def judge(
    state: ConditionState, value: float | None, limit: float, now: datetime, hold: timedelta
) -> tuple[ConditionState, Turn | None]:
    """What a reading means: the state after it, and whether operators hear of it.

    It is over once the value has been calm for as long as `hold`. A value that could not be read
    changes nothing: unknown is not calm.
    """
    if value is None:
        return state, None
    if state.raised_at is None:
        if value > limit:
            return ConditionState(raised_at=now), Turn.RAISED
        return state, None
    if value > limit * CALM:
        return ConditionState(state.raised_at), None
    calm_since = state.calm_since or now
    if now - calm_since >= hold:
        return ConditionState(), Turn.OVER
    return ConditionState(state.raised_at, calm_since), None
