"""Telling a recording that repeats another: their spectrograms agree, which new speech never does.

A fingerprint is a coarse log-mel spectrogram. Pieces of three seconds of one slide over the other;
the score is the best normalised correlation. Measured on real speech: pieces of the same speaker's
other recordings reach 0.68 at most, of copies through telephone, room, noise or codecs 0.74 at
least and mostly 0.85 (see the README).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from kordant_pipelines.inference.fbank import BINS, fbank
from kordant_pipelines.inference.pcm import RATE, Pcm

BANDS: Final = 20
_FRAMES_JOINED: Final = 4  # 40 ms
PIECE: Final = 75
"""Rows compared at a time: three seconds."""
_STEP: Final = 25
LONGEST_SECONDS: Final = 60
"""Of an enrolment recording that is kept as a fingerprint."""
_MOST_PIECES: Final = 60

Fingerprint = NDArray[np.float16]
"""Shape (rows of 40 ms, BANDS)."""


def fingerprint(samples: Pcm) -> Fingerprint:
    """A recording's fingerprint, of its first `LONGEST_SECONDS`."""
    features = fbank(samples[: LONGEST_SECONDS * RATE])
    rows = len(features) // _FRAMES_JOINED
    joined = features[: rows * _FRAMES_JOINED].reshape(rows, _FRAMES_JOINED, BINS).mean(axis=1)
    return joined.reshape(rows, BANDS, BINS // BANDS).mean(axis=2).astype(np.float16)


def packed(fingerprints: Sequence[Fingerprint]) -> bytes:
    """Fingerprints as bytes: for each its rows (4 bytes) and then its numbers, little-endian."""
    parts = [len(f).to_bytes(4, "little") + f.astype("<f2").tobytes() for f in fingerprints]
    return b"".join(parts)


def unpacked(data: bytes) -> Sequence[Fingerprint]:
    """The inverse of `packed`."""
    found: list[Fingerprint] = []
    at = 0
    while at < len(data):
        rows = int.from_bytes(data[at : at + 4], "little")
        size = rows * BANDS * 2
        numbers = np.frombuffer(data[at + 4 : at + 4 + size], "<f2")
        found.append(numbers.reshape(rows, BANDS).astype(np.float16))
        at += 4 + size
    return found


def replay_score(heard: Fingerprint, enrolled: Sequence[Fingerprint]) -> float | None:
    """How well the best piece of `heard` agrees with any of `enrolled`; 1 is a perfect copy.

    None if either is shorter than a piece.
    """
    pieces = _pieces(heard)
    scores = [
        score for one in enrolled if len(one) >= PIECE and (score := _best(pieces, one)) is not None
    ]
    return max(scores, default=None)


def _pieces(heard: Fingerprint) -> NDArray[np.float32]:
    """Pieces of `heard`, evenly spread over it; shape (pieces, BANDS * PIECE), unit length."""
    starts = range(0, len(heard) - PIECE + 1, _STEP)
    step = -(-len(starts) // _MOST_PIECES) if starts else 1
    cut = [heard[at : at + PIECE].T for at in starts[::step]]
    return _unit(np.stack(cut) if cut else np.zeros((0, BANDS, PIECE), np.float16))


def _best(pieces: NDArray[np.float32], enrolled: Fingerprint) -> float | None:
    if not len(pieces):
        return None
    best = -1.0
    places = sliding_window_view(enrolled, PIECE, axis=0)  # (places, BANDS, PIECE)
    for first in range(0, len(places), 256):  # 1.5 MB at a time
        best = max(best, float((_unit(places[first : first + 256]) @ pieces.T).max()))
    return best


def _unit(cut: NDArray[np.float16]) -> NDArray[np.float32]:
    """Each piece less each band's mean, at length 1."""
    wide = cut.astype(np.float32)
    wide -= wide.mean(axis=2, keepdims=True)
    flat = wide.reshape(len(wide), wide.shape[1] * wide.shape[2])
    return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
