"""Where in a recording somebody speaks: Silero's detector, a block of frames a call."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kordant_pipelines.inference.pcm import RATE, Pcm
from kordant_pipelines.inference.sessions import OnnxModel

FRAME: Final = 512
"""Samples that get one probability: 32 ms."""
_CONTEXT: Final = 64  # of the frame before, which the model sees again
_BLOCK: Final = 512  # frames a call: 16 s
_STATE: Final = (1, 1, 128)
_STARTS: Final = 0.5
_ENDS: Final = 0.35
_LEAST_SPEECH: Final = 8  # frames: 0.26 s, shorter is a click or a cough
_LEAST_GAP: Final = 6  # frames: 0.19 s, shorter is a pause within a word
_PAD: Final = 2  # frames kept on both sides


class SpeechDetector:
    """Silero VAD 6, the variant that takes a sequence of frames (MIT)."""

    def __init__(self, model: OnnxModel) -> None:
        self._model = model

    def probabilities(self, samples: Pcm) -> NDArray[np.float32]:
        """How likely each frame of 32 ms holds speech; shape (ceil(samples / FRAME),)."""
        h = c = np.zeros(_STATE, np.float32)
        found: list[NDArray[np.float32]] = []
        for block in _blocks(samples):
            probs, h, c = self._model.run({"input": block, "h": h, "c": c})
            found.append(probs)
        return np.concatenate(found) if found else np.zeros(0, np.float32)

    def spans(self, samples: Pcm) -> Sequence[tuple[int, int]]:
        """The spans of speech, in samples, in order and apart."""
        return [
            (start * FRAME, min(end * FRAME, len(samples)))
            for start, end in speech_frames(self.probabilities(samples))
        ]


def speech_frames(probabilities: NDArray[np.float32]) -> Sequence[tuple[int, int]]:
    """Spans of frames with speech: begun at `_STARTS`, ended where it stays below `_ENDS`."""
    spans: list[tuple[int, int]] = []
    start: int | None = None
    last = 0
    for at, probability in enumerate([*probabilities.tolist(), *[0.0] * _LEAST_GAP]):
        if start is None:
            start = at if probability >= _STARTS else None
            last = at
        elif probability >= _ENDS:
            last = at
        elif at - last >= _LEAST_GAP:
            spans.append((start, last + 1))
            start = None
    kept = [(s, e) for s, e in spans if e - s >= _LEAST_SPEECH]
    return _padded(kept, len(probabilities))


def _padded(spans: Sequence[tuple[int, int]], frames: int) -> Sequence[tuple[int, int]]:
    padded: list[tuple[int, int]] = []
    for start, end in spans:
        start, end = max(0, start - _PAD), min(frames, end + _PAD)
        if padded and start <= padded[-1][1]:
            padded[-1] = (padded[-1][0], end)
        else:
            padded.append((start, end))
    return padded


def _blocks(samples: Pcm) -> Iterator[NDArray[np.float32]]:
    """Frames with their context; shape (frames, _CONTEXT + FRAME), the last one filled up."""
    context = np.zeros(_CONTEXT, np.float32)
    for first in range(0, len(samples), _BLOCK * FRAME):
        part = samples[first : first + _BLOCK * FRAME]
        count = -(-len(part) // FRAME)
        frames = np.zeros((count, FRAME), np.float32)
        frames.reshape(-1)[: len(part)] = part
        before = np.concatenate([context[None, :], frames[:-1, -_CONTEXT:]])
        context = frames[-1, -_CONTEXT:].copy()
        yield np.concatenate([before, frames], axis=1)


def seconds_of(spans: Sequence[tuple[int, int]]) -> float:
    """How long they are together."""
    return sum(end - start for start, end in spans) / RATE
