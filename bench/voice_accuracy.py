"""How well speakers are told apart, by what became of the recording on its way.

    python -m bench.voice_accuracy DIR

DIR is laid out as for `kordant voice calibrate`: speaker/session/file, or speaker/file. Enrolments
are of three clean recordings from other sessions; what is tried has been through a telephone, noise
or was cut short. Prints the EER with its 95 % interval, and misses at the default threshold.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from kordant_pipelines.domain.voice.recordings import UnusableRecording
from kordant_pipelines.domain.voice.verdicts import DEFAULT_MATCH
from kordant_pipelines.inference.calibration import Trials, index_of, measure
from kordant_pipelines.inference.combine import combined, similarity
from kordant_pipelines.inference.decode import decode
from kordant_pipelines.inference.engine import VoiceEngine
from kordant_pipelines.inference.pcm import RATE
from kordant_pipelines.inference.remote import as_wav
from kordant_pipelines.services.voice.intake import MIN_CLIPS
from kordant_pipelines.services.voice.labelled import Labelled, speakers_in
from kordant_pipelines.services.voice.models import VoiceModels
from kordant_pipelines.settings import Settings

Samples = NDArray[np.float32]
Heard = tuple[Labelled, NDArray[np.float32]]


def telephone(samples: Samples) -> Samples:
    """8 kHz and mu-law."""
    narrow = _resampled(samples, RATE, 8_000)
    loud = np.log1p(255 * np.abs(narrow)) / np.log(256)
    coded: Samples = np.asarray(np.round(loud * 127) / 127 * np.log(256), np.float32)
    plain = np.sign(narrow) * np.expm1(coded) / 255
    return _resampled(np.asarray(plain, np.float32), 8_000, RATE)


def noisy(samples: Samples) -> Samples:
    """White noise 15 dB below the speech."""
    level = float(samples.std()) * 10 ** (-15 / 20)
    noise = np.random.default_rng(1).normal(0, level, len(samples))
    return np.asarray(samples + noise, np.float32)


def first(seconds: float) -> Callable[[Samples], Samples]:
    """The middle of a recording, so long."""

    def cut(samples: Samples) -> Samples:
        at = max(0, (len(samples) - int(seconds * RATE)) // 2)
        return samples[at : at + int(seconds * RATE)]

    return cut


def _resampled(samples: Samples, rate: int, wanted: int) -> Samples:
    return soxr.resample(samples, rate, wanted)


CONDITIONS: dict[str, Callable[[Samples], Samples]] = {
    "clean": lambda samples: samples,
    "telephone": telephone,
    "noise at 15 dB": noisy,
    "4 s of it": first(4.0),
    "1.5 s of it": first(1.5),
}


def main() -> None:
    """Print a line a condition."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    models = VoiceModels(
        folder=Settings().voice_models, detector_manifest=None, service=None, threads=2
    )
    engine = models.open()
    labelled = speakers_in(asked.folder)
    clean = _heard(engine, labelled, CONDITIONS["clean"], least=1.0)
    for name, change in CONDITIONS.items():
        tried = clean if name == "clean" else _heard(engine, labelled, change, least=1.0)
        print(f"{name:16} {_told(clean, tried)}", flush=True)


def _heard(
    engine: VoiceEngine,
    labelled: Sequence[Labelled],
    change: Callable[[Samples], Samples],
    *,
    least: float,
) -> list[Heard]:
    found: list[Heard] = []
    for one in labelled:
        try:
            samples = change(decode(one.path.read_bytes()).samples)
            heard = engine.hear(as_wav(samples), least_speech=least)
        except UnusableRecording:
            continue
        found.append((one, engine.judge([heard])[0].vector))
    return found


def _told(clean: Sequence[Heard], tried: Sequence[Heard]) -> str:
    place = index_of([one.group for one, _ in clean])
    enrolled: dict[tuple[str, str], Sequence[float]] = {}
    for group, session in {(one.group, one.session) for one, _ in clean}:
        rest = [v for one, v in clean if one.group == group and one.session != session]
        if len(rest) >= MIN_CLIPS:
            enrolled[group, session] = combined(rest[:MIN_CLIPS])
    trials = [
        (similarity(vector, voice), place(one.group), place(group))
        for one, vector in tried
        for (group, session), voice in enrolled.items()
        if group != one.group or session == one.session
    ]
    same = [(score, a) for score, a, b in trials if a == b]
    other = [trial for trial in trials if trial[1] != trial[2]]
    measured = measure(
        Trials(
            same=np.array([score for score, _ in same]),
            other=np.array([score for score, *_ in other]),
            same_groups=np.array([a for _, a in same], np.int64),
            other_groups=np.array([groups for _, *groups in other], np.int64),
        ),
        target=0.01,
        seed=8,
    )
    upper = DEFAULT_MATCH.upper
    missed = np.mean([score < upper for score, _ in same])
    accepted = np.mean([score >= upper for score, *_ in other])
    return (
        f"{len(same)} same, {len(other)} other trials; EER {measured.eer:.2%} "
        f"({measured.low:.2%} to {measured.high:.2%}); at {upper:.2f} missed {missed:.1%}, "
        f"falsely matched {accepted:.2%}"
    )


if __name__ == "__main__":
    main()
