"""What is and is not a recording, and that no file can make it take more memory than allowed."""

import io
import resource
import struct
from collections.abc import Mapping

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from kordant_pipelines.domain.voice.recordings import MAX_BYTES, Unusable, UnusableRecording
from kordant_pipelines.inference.decode import decode
from kordant_pipelines.inference.pcm import RATE
from kordant_pipelines.sandbox.voices.recordings import ADA, speech, wav

Samples = NDArray[np.float32]


def _said(seconds: float = 4.0) -> Samples:
    return speech(ADA, seconds, 1)


def _file(
    samples: Samples, container: str, *, rate: int = RATE, subtype: str | None = None
) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=container, subtype=subtype)
    return file.getvalue()


def _refused(data: bytes) -> Unusable:
    with pytest.raises(UnusableRecording) as refused:
        decode(data)
    assert refused.value.__cause__ is None
    return refused.value.reason


@pytest.mark.parametrize(
    ("container", "subtype", "rate"),
    [
        ("WAV", "PCM_16", 16_000),
        ("WAV", "PCM_24", 48_000),
        ("WAV", "FLOAT", 44_100),
        ("WAV", "ULAW", 8_000),
        ("FLAC", None, 16_000),
        ("OGG", "VORBIS", 22_050),
        ("OGG", "OPUS", 48_000),
        ("MP3", None, 44_100),
        ("AIFF", None, 96_000),
        ("AU", None, 16_000),
    ],
)
def test_common_formats_become_the_same_sixteen_kilohertz(
    container: str, subtype: str | None, rate: int
) -> None:
    place = np.arange(2 * rate) / rate
    tone = (0.5 * np.sin(2 * np.pi * 440 * place)).astype(np.float32)
    decoded = decode(_file(tone, container, rate=rate, subtype=subtype))
    assert decoded.source_rate == rate
    assert decoded.seconds == pytest.approx(2.0, abs=0.08)
    spectrum = np.abs(np.fft.rfft(decoded.samples[RATE // 2 : RATE // 2 + RATE]))
    assert int(spectrum.argmax()) == 440  # a bin a hertz


def test_stereo_is_mixed() -> None:
    left, right = _said(), -_said()
    assert np.abs(decode(wav(np.stack([left, right], axis=1))).samples).max() < 1e-3


def _bad() -> Mapping[str, tuple[bytes, Unusable]]:
    rng = np.random.default_rng(5)
    whole = wav(_said())
    flac = _file(_said(), "FLAC")
    hole = bytearray(flac)
    hole[len(flac) // 2 : len(flac) // 2 + 400] = rng.bytes(400)
    nan = np.full(RATE, np.nan, np.float32)
    wide = np.zeros((RATE, 8), np.float32)
    lies = bytearray(_file(_said(), "FLAC"))
    # STREAMINFO: the low 32 bits of the 36 that count the frames.
    struct.pack_into(">I", lies, 22, 600 * RATE)
    return {
        "nothing": (b"", Unusable.EMPTY),
        "a PDF": (b"%PDF-1.7\n" + rng.bytes(4000), Unusable.NOT_AUDIO),
        "noise bytes": (rng.bytes(4000), Unusable.NOT_AUDIO),
        "a WAV of no frames": (wav(np.zeros(0, np.float32)), Unusable.EMPTY),
        "a WAV cut off": (whole[: len(whole) // 2], Unusable.TRUNCATED),
        "a WAV cut off in its header": (whole[:30], Unusable.TRUNCATED),
        "a FLAC cut off": (flac[: len(flac) // 2], Unusable.DAMAGED),
        "a FLAC that promises more": (bytes(lies), Unusable.DAMAGED),
        "a FLAC with a hole": (bytes(hole), Unusable.DAMAGED),
        "no numbers": (_file(nan, "WAV", subtype="FLOAT"), Unusable.DAMAGED),
        "eight channels": (wav(wide), Unusable.TOO_MANY_CHANNELS),
        "192 kHz": (_file(_said(), "WAV", rate=192_000), Unusable.SAMPLE_RATE),
        "4 kHz": (_file(_said(), "WAV", rate=4_000), Unusable.SAMPLE_RATE),
        "too large": (bytes(MAX_BYTES + 1), Unusable.TOO_LARGE),
    }


@pytest.mark.parametrize("name", _bad())
def test_what_cannot_be_listened_to_is_refused_with_its_reason(name: str) -> None:
    data, reason = _bad()[name]
    assert _refused(data) is reason


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.mark.parametrize("container", ["FLAC", "OGG"])
def test_three_hours_in_a_small_file_are_refused_without_being_unpacked(container: str) -> None:
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", 8_000, 1, format=container) as writer:
        minute = np.zeros(60 * 8_000, np.float32)
        for _ in range(180):
            writer.write(minute)
    data = file.getvalue()
    assert len(data) < 2_000_000
    before = _peak_mb()
    assert _refused(data) is Unusable.TOO_LONG
    assert _peak_mb() - before < 40


def test_a_bomb_that_does_not_say_how_long_it_is_is_cut_off() -> None:
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", 8_000, 2, format="FLAC") as writer:
        for _ in range(12):
            writer.write(np.zeros((60 * 8_000, 2), np.float32))
    bomb = bytearray(file.getvalue())
    bomb[21] &= 0xF0  # STREAMINFO's count of frames, 36 bits: 0 means unknown
    bomb[22:26] = bytes(4)
    before = _peak_mb()
    assert _refused(bytes(bomb)) in {Unusable.TOO_LONG, Unusable.EMPTY, Unusable.NOT_AUDIO}
    assert _peak_mb() - before < 120
