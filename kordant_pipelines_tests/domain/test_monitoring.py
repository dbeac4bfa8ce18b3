"""When operators are told: once on the way up, once when it is over."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from kordant_pipelines.domain.monitoring import (
    BUCKETS,
    ConditionState,
    Measure,
    Turn,
    bucket_of,
    judge,
)

START = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOLD = timedelta(minutes=5)
RAISED, OVER = Turn.RAISED, Turn.OVER


def _told(values: Iterable[float | None], limit: float = 100) -> list[tuple[int, Turn]]:
    """The minutes at which operators hear of something, given a reading a minute."""
    state, told = ConditionState(), list[tuple[int, Turn]]()
    for minute, value in enumerate(values):
        state, turn = judge(state, value, limit, START + timedelta(minutes=minute), HOLD)
        if turn is not None:
            told.append((minute, turn))
    return told


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([0, 100, 100], []),
        ([0, 101, 500, 200, 150], [(1, RAISED)]),
        ([101, *[0] * 10], [(0, RAISED), (6, OVER)]),
        ([101, *[0, 101] * 10], [(0, RAISED)]),
        ([101, *[99] * 20], [(0, RAISED)]),
        ([101, *[None] * 20], [(0, RAISED)]),
        ([None, None, 101], [(2, RAISED)]),
        ([101, *[0] * 6, 101, *[0] * 6], [(0, RAISED), (6, OVER), (7, RAISED), (13, OVER)]),
    ],
)
def test_never_a_stream(values: list[float | None], told: list[tuple[int, Turn]]) -> None:
    assert _told(values) == told


def test_buckets_hold_their_bounds_and_the_last_everything_longer() -> None:
    for measure, bounds in BUCKETS.items():
        assert list(bounds) == sorted(bounds)
        assert bucket_of(measure, bounds[0]) == bounds[0]
        assert bucket_of(measure, bounds[-1] + 1) == float("inf")
    assert bucket_of(Measure.DURATION, 0.6) == 1
