"""What is measured of runs, and when operators are told that something is wrong."""

from collections.abc import Mapping
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
