"""When a recording repeats another."""

from typing import Final

REPLAY_THRESHOLD: Final = 0.80
"""Correlation of spectrograms from which three seconds are a copy. Measured on real speech: other
recordings of the same speaker reach 0.68, copies through telephone, room or noise mostly 0.85."""


def is_replay(score: float | None) -> bool:
    """Whether the score says so; None means that there was nothing to compare."""
    return score is not None and score >= REPLAY_THRESHOLD
