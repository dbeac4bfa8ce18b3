"""Cutting the speech of a recording into windows of one length."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from kordant_pipelines.inference.pcm import RATE, Pcm

LONGEST_SECONDS: Final = 8.0
_GRID: Final = RATE // 2
"""Windows are multiples of it: those of different recordings then fill a batch together."""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of speech, pauses cut out; `start` and `end` are seconds of the recording."""

    samples: Pcm = field(repr=False)
    start: float
    end: float


def speech_windows(samples: Pcm, spans: Sequence[tuple[int, int]]) -> Sequence[Window]:
    """All the speech in windows as long as each other, at most `LONGEST_SECONDS` long.

    What is left over at the end is less than half a second a window. Speech shorter than that has
    no window.
    """
    speech = np.concatenate([samples[start:end] for start, end in spans] or [samples[:0]])
    count = max(1, math.ceil(len(speech) / (LONGEST_SECONDS * RATE)))
    length = len(speech) // count // _GRID * _GRID
    if not length:
        return []
    places = np.concatenate([np.arange(start, end) for start, end in spans])
    return [
        Window(
            samples=speech[at : at + length],
            start=float(places[at]) / RATE,
            end=float(places[at + length - 1] + 1) / RATE,
        )
        for at in range(0, count * length, length)
    ]
