"""Kaldi's log-mel filter banks in numpy, as WeSpeaker's models were trained on.

Agrees with kaldi-native-fbank (dither off) to some 1e-4; the tests hold its numbers.
"""

from functools import cache
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from kordant_pipelines.inference.pcm import RATE, Pcm

BINS: Final = 80
FRAME: Final = RATE * 25 // 1000
SHIFT: Final = RATE * 10 // 1000
_FFT: Final = 512
_LOWEST_HZ: Final = 20.0
_PREEMPHASIS: Final = 0.97
_FULL_SCALE: Final = 32_768.0  # Kaldi counts samples as 16-bit integers

Features = NDArray[np.float32]
"""Shape (frames, BINS), or (batch, frames, BINS)."""


def fbank(samples: Pcm) -> Features:
    """Log-mel energies, a row each 10 ms; no row for fewer than 25 ms."""
    if len(samples) < FRAME:
        return np.zeros((0, BINS), np.float32)
    frames = sliding_window_view(samples, FRAME)[::SHIFT] * np.float32(_FULL_SCALE)
    frames = frames - frames.mean(axis=1, keepdims=True)
    before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    emphasised = (frames - np.float32(_PREEMPHASIS) * before) * _hamming()
    power = np.abs(np.fft.rfft(emphasised, _FFT)) ** 2
    energies = power[:, : _FFT // 2].astype(np.float32) @ _mel_banks()
    return np.log(np.maximum(energies, np.finfo(np.float32).eps))


def centred(features: Features) -> Features:
    """The features less their mean over time: loudness and a steady channel fall out."""
    return features - features.mean(axis=0, keepdims=True)


@cache
def _hamming() -> NDArray[np.float32]:
    return np.hamming(FRAME).astype(np.float32)


@cache
def _mel_banks() -> NDArray[np.float32]:
    """Triangles in mels; shape (_FFT / 2, BINS)."""
    edges = np.linspace(_mel(np.float64(_LOWEST_HZ)), _mel(np.float64(RATE / 2)), BINS + 2)
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    at = _mel(np.arange(_FFT // 2) * RATE / _FFT)[:, None]
    rising, falling = (at - low) / (centre - low), (high - at) / (high - centre)
    return np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)


def _mel(hertz: NDArray[np.float64] | np.float64) -> NDArray[np.float64]:
    return np.asarray(1127.0 * np.log(1.0 + hertz / 700.0))
