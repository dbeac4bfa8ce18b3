"""Cutting a recording for a detector: as it is, pauses and all, for those are traces too."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from kordant_pipelines.inference.pcm import RATE, Pcm

_LEAST_SPEECH: Final = 0.25
"""The share of a stretch that must be speech: of a long pause a detector knows nothing."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive samples of a recording; `start` and `end` in seconds."""

    samples: Pcm = field(repr=False)
    start: float
    end: float


def speech_stretches(
    samples: Pcm, spans: Sequence[tuple[int, int]], length: int
) -> Sequence[Stretch]:
    """Stretches of `length` samples, side by side from the first speech to the last.

    A recording with less is repeated until it fills one, as detectors are trained to see it.
    """
    first, last = spans[0][0], spans[-1][1]
    if last - first < length:
        whole = np.resize(samples[first:last], length)
        return [Stretch(whole, first / RATE, last / RATE)]
    starts = range(first, last - length + 1, length)
    kept = [at for at in starts if _speech(spans, at, at + length) >= _LEAST_SPEECH * length]
    kept = kept or [max(starts, key=lambda at: _speech(spans, at, at + length))]
    return [Stretch(samples[at : at + length], at / RATE, (at + length) / RATE) for at in kept]


def _speech(spans: Sequence[tuple[int, int]], start: int, end: int) -> int:
    return sum(max(0, min(end, stop) - max(start, begin)) for begin, stop in spans)
