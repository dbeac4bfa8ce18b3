"""What invented people say, as files."""

import io
import wave
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kordant_pipelines.sandbox.voices.talker import RATE, Voice, speak

ADA: Final = Voice(pitch=205, tract=0.82, breath=0.6, tilt=0.93)
BEN: Final = Voice(pitch=90, tract=1.08, breath=0.5, tilt=0.9)


@cache
def speech(voice: Voice, seconds: float, seed: int) -> NDArray[np.float32]:
    """What `speak` says; made once a process, for it takes a while."""
    return speak(voice, seconds, seed=seed)


def wav(samples: NDArray[np.float32], *, rate: int = RATE) -> bytes:
    """Samples of shape (frames,) or (frames, channels) as a WAV file of 16 bits."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes((np.clip(samples, -1, 1) * 32_767).astype("<i2").tobytes())
    return file.getvalue()


def recording(voice: Voice, seed: int, *, seconds: float = 5.0) -> bytes:
    """A voice saying something of its own for each seed, as a WAV."""
    return wav(speech(voice, seconds, seed))
