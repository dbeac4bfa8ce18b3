"""What can be measured about a recording itself: facts to weigh, never a verdict."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from kordant_pipelines.domain.voice.verdicts import Signal
from kordant_pipelines.inference.decode import Decoded
from kordant_pipelines.inference.pcm import RATE, Pcm

SILENT_PEAK: Final = 10 ** (-60 / 20)
"""Of full scale: quieter than this all through, a recording is silent."""
_ZERO_RUN: Final = RATE // 20  # 50 ms of exact zeros: no microphone gives that
_ZERO_SHARE: Final = 0.02
_CLIPPED_AT: Final = 0.999
_CLIPPED_SHARE: Final = 0.001
_BAND_HZ: Final = 4_000
_BAND_SHARE: Final = 10 ** (-50 / 10)  # of the energy above 4 kHz, where a wide band was promised
_LITTLE_SPEECH: Final = 6.0


def is_silent(samples: Pcm) -> bool:
    """Whether there is nothing to hear."""
    return not len(samples) or float(np.abs(samples).max()) < SILENT_PEAK


def integrity_signals(decoded: Decoded, speech_seconds: float) -> Sequence[Signal]:
    """What is out of the ordinary about a recording."""
    samples = decoded.samples
    found = {
        Signal.DIGITAL_SILENCE: _zero_share(samples) > _ZERO_SHARE,
        Signal.CLIPPED: float(np.mean(np.abs(samples) >= _CLIPPED_AT)) > _CLIPPED_SHARE,
        # A wide file around a telephone's band: it was played or converted on its way here.
        Signal.NARROW_BAND: decoded.source_rate >= RATE and _high_share(samples) < _BAND_SHARE,
        Signal.LITTLE_SPEECH: speech_seconds < _LITTLE_SPEECH,
    }
    return [signal for signal, is_so in found.items() if is_so]


def _zero_share(samples: Pcm) -> float:
    """The share of samples in runs of exact zeros."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], samples == 0.0, [0]]).astype(np.int8)))
    runs = edges[1::2] - edges[::2]
    return float(runs[runs >= _ZERO_RUN].sum()) / max(1, len(samples))


def _high_share(samples: Pcm) -> float:
    """The share of the energy above 4 kHz."""
    size = 1024
    count = len(samples) // size
    total = high = 0.0
    first_high = _BAND_HZ * size // RATE
    for first in range(0, count, 512):  # some 8 MB of spectra at a time
        frames = samples[first * size : min(count, first + 512) * size].reshape(-1, size)
        power = np.abs(np.fft.rfft(frames * np.hanning(size).astype(np.float32))) ** 2
        total += float(power.sum())
        high += float(power[:, first_high:].sum())
    return high / total if total else 0.0
