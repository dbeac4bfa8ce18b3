"""A formant synthesiser: syllables nobody understands, in a voice that is always the same.

Pulses of a glottis through the resonances of a vocal tract (Klatt, 1980), as far as it takes for
speech detectors and speaker models to hear a person. It is nobody's voice, so it may be shipped.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

RATE: Final = 16_000
Samples = NDArray[np.float64]

_VOWELS: Final = (
    (730, 1090, 2440),
    (270, 2290, 3010),
    (300, 870, 2240),
    (530, 1840, 2480),
    (570, 840, 2410),
    (490, 1350, 1690),
)
"""First three resonances in Hz (Peterson and Barney, 1952)."""
_HIGHER: Final = (3500.0, 4500.0, 5500.0)


@dataclass(frozen=True, slots=True)
class Voice:
    """A speaker: pitch in Hz, length of the vocal tract (1 is a man's), breath and brilliance."""

    pitch: float
    tract: float
    breath: float
    tilt: float


def speak(voice: Voice, seconds: float, *, seed: int) -> NDArray[np.float32]:
    """So much babble at 16 kHz, full scale 1; the same seed says the same."""
    chance = default_rng(seed)
    said: list[Samples] = []
    length = 0
    while length < seconds * RATE:
        part = _syllable(voice, chance)
        if chance.random() < 0.12:
            part = np.concatenate([part, np.zeros(int(RATE * chance.uniform(0.15, 0.35)))])
        said.append(part)
        length += len(part)
    whole = np.concatenate(said)[: int(seconds * RATE)]
    whole = whole / np.abs(whole).max() * 0.5
    return (whole + chance.normal(0, 2e-4, len(whole))).astype(np.float32)


def _syllable(voice: Voice, chance: Generator) -> Samples:
    onset = _noise(voice, chance, chance.uniform(0.03, 0.09))
    start, stop = (np.array(_VOWELS[chance.integers(len(_VOWELS))]) for _ in range(2))
    vowel = _vowel(voice, chance, start, stop, chance.uniform(0.12, 0.28))
    return np.concatenate([onset, vowel])


def _noise(voice: Voice, chance: Generator, seconds: float) -> Samples:
    hiss = chance.normal(0, 1, int(seconds * RATE))
    centre = chance.uniform(2500, 6000) / voice.tract
    return _resonate(hiss, np.full(len(hiss), centre), 900.0) * 0.02 * np.hanning(len(hiss))


def _vowel(
    voice: Voice, chance: Generator, start: Samples, stop: Samples, seconds: float
) -> Samples:
    count = int(seconds * RATE)
    place = np.linspace(0, 1, count)
    rise = chance.uniform(-0.15, 0.2)
    shake = 0.015 * np.cumsum(chance.normal(0, 1, count)) / np.sqrt(RATE)
    pitch = voice.pitch * (1 + rise * (0.5 - place) + shake)
    phase = np.cumsum(pitch / RATE)
    pulses = np.diff(np.floor(phase), prepend=0.0)
    source = _tilted(pulses, voice.tilt) + voice.breath * chance.normal(0, 0.03, count)
    for at in range(3):
        track = start[at] + (stop[at] - start[at]) * (1 / (1 + np.exp(-10 * (place - 0.5))))
        source = _resonate(source, track / voice.tract, 60.0 + 40.0 * at)
    for at, centre in enumerate(_HIGHER):
        source = _resonate(source, np.full(count, centre / voice.tract), 250.0 + 100.0 * at)
    envelope = np.minimum(1, np.minimum(place, 1 - place) * 8)
    return np.diff(source, prepend=0.0) * envelope * chance.uniform(0.7, 1.0) / np.abs(source).max()


def _tilted(pulses: Samples, tilt: float) -> Samples:
    """A glottis closes softly: a one-pole low-pass."""
    kernel = tilt ** np.arange(200)
    return np.convolve(pulses, kernel)[: len(pulses)]


def _resonate(source: Samples, centre: Samples, bandwidth: float) -> Samples:
    """A two-pole resonator, its centre moving; at most the upper edge of the band."""
    radius = np.exp(-np.pi * bandwidth / RATE)
    one = 2 * radius * np.cos(2 * np.pi * np.minimum(centre, 7_500) / RATE)
    two = radius * radius
    gain = (1 - one + two).tolist()
    before = last = 0.0
    out: list[float] = []
    for sample, coefficient, scale in zip(source.tolist(), one.tolist(), gain, strict=True):
        last, before = scale * sample + coefficient * last - two * before, last
        out.append(last)
    return np.array(out)
