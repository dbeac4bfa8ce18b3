"""From a file's bytes to samples, within limits that no file can talk its way around."""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import soundfile
import soxr

from kordant_pipelines.domain.voice.recordings import (
    MAX_BYTES,
    MAX_CHANNELS,
    MAX_RATE,
    MAX_SECONDS,
    MIN_RATE,
    Unusable,
    UnusableRecording,
)
from kordant_pipelines.inference.pcm import RATE, Pcm

BLOCK: Final = 1 << 16
"""Frames decoded at a time: what a file unpacks to is never in memory whole."""
_UNKNOWN: Final = 2**62
"""Frames past which libsndfile means that the file does not say how many it holds."""
_STREAMED: Final = frozenset({0, 0xFFFFFFFF})
"""A WAV's sizes where its writer could not go back to fill them in."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A recording as samples. `source_rate` is that of the file, in Hz."""

    samples: Pcm = field(repr=False)
    source_rate: int

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / RATE


def decode(data: bytes) -> Decoded:
    """Decode a whole recording, mixed to one channel and resampled to `RATE`.

    Reads what libsndfile does: WAV, FLAC, Ogg (Vorbis, Opus), MP3, AIFF, AU. At most
    `MAX_SECONDS` are ever unpacked, whatever the file claims to hold.

    Raises:
        UnusableRecording: it is empty, too large or long, no audio, cut off, or out of limits.
    """
    if not data:
        raise UnusableRecording(Unusable.EMPTY)
    if len(data) > MAX_BYTES:
        raise UnusableRecording(Unusable.TOO_LARGE)
    if _is_cut_wav(data):
        raise UnusableRecording(Unusable.TRUNCATED)
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            return _read(file)
    except soundfile.LibsndfileError:
        reason = Unusable.NOT_AUDIO
    # Raised after the block: libsndfile's own error may quote tags of the file.
    raise UnusableRecording(reason)


def _read(file: soundfile.SoundFile) -> Decoded:
    _require_limits(file)
    try:
        samples = _mixed(file)
    except soundfile.LibsndfileError:
        samples = None
    if samples is None:
        raise UnusableRecording(Unusable.DAMAGED)
    if not len(samples):
        raise UnusableRecording(Unusable.EMPTY)
    return Decoded(samples, file.samplerate)


def _require_limits(file: soundfile.SoundFile) -> None:
    if file.channels > MAX_CHANNELS:
        raise UnusableRecording(Unusable.TOO_MANY_CHANNELS)
    if not MIN_RATE <= file.samplerate <= MAX_RATE:
        raise UnusableRecording(Unusable.SAMPLE_RATE)
    if MAX_SECONDS * file.samplerate < file.frames < _UNKNOWN:
        raise UnusableRecording(Unusable.TOO_LONG)


def _mixed(file: soundfile.SoundFile) -> Pcm:
    resampler = None if file.samplerate == RATE else soxr.ResampleStream(file.samplerate, RATE, 1)
    parts: list[Pcm] = []
    read = 0
    for block in _blocks(file):
        read += len(block)
        if read > MAX_SECONDS * file.samplerate:
            raise UnusableRecording(Unusable.TOO_LONG)
        mono = np.ascontiguousarray(block.mean(axis=1, dtype=np.float32))
        if not np.isfinite(mono).all():  # a WAV of floats may hold what is no number
            raise UnusableRecording(Unusable.DAMAGED)
        np.clip(mono, -1.0, 1.0, out=mono)
        parts.append(mono if resampler is None else resampler.resample_chunk(mono))
    if file.frames < _UNKNOWN and read < file.frames:
        raise UnusableRecording(Unusable.TRUNCATED)
    if resampler is not None:
        parts.append(resampler.resample_chunk(np.zeros(0, np.float32), last=True))
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def _blocks(file: soundfile.SoundFile) -> Iterator[Pcm]:
    """Blocks of shape (frames, channels)."""
    while len(block := file.read(BLOCK, dtype="float32", always_2d=True)):
        yield block.astype(np.float32, copy=False)


def _is_cut_wav(data: bytes) -> bool:
    """Whether a WAV's `data` chunk says that it is longer than the file: libsndfile reads on."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return False
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        if name == b"data":
            return size not in _STREAMED and at + 8 + size > len(data)
        at += 8 + size + size % 2
    return True
