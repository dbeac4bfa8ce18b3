"""Listening to recordings: decode, find the speech, embed it, score it, measure it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from kordant_pipelines.domain.voice.recordings import (
    MIN_SPEECH_SECONDS,
    Unusable,
    UnusableRecording,
)
from kordant_pipelines.domain.voice.verdicts import Signal
from kordant_pipelines.inference.decode import decode
from kordant_pipelines.inference.model import VoiceModel
from kordant_pipelines.inference.pcm import RATE, Pcm, Vectors, unit
from kordant_pipelines.inference.replay import Fingerprint, fingerprint
from kordant_pipelines.inference.signals import integrity_signals, is_silent
from kordant_pipelines.inference.stretches import Stretch, speech_stretches
from kordant_pipelines.inference.vad import SpeechDetector, seconds_of
from kordant_pipelines.inference.windows import Window, speech_windows


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording that can be judged. Holds its audio: let it go soon."""

    seconds: float
    speech_seconds: float
    windows: Sequence[Window] = field(repr=False)
    stretches: Sequence[Stretch] = field(repr=False)
    fingerprint: Fingerprint = field(repr=False)
    signals: Sequence[Signal]


@dataclass(frozen=True, slots=True)
class Judged:
    """What the models say of a recording: a row of `vectors` a window, a score a stretch.

    `synthetic` is None without a detector: nothing was assessed.
    """

    vector: Vectors = field(repr=False)
    vectors: Vectors = field(repr=False)
    synthetic: Sequence[float] | None

    @property
    def synthetic_score(self) -> float | None:
        """The recording's score: the mean of its stretches'."""
        return float(np.mean(self.synthetic)) if self.synthetic else None


class VoiceEngine:
    """The models of one process. Opened once, for opening them takes a second."""

    def __init__(self, model: VoiceModel, speech: SpeechDetector) -> None:
        self.model = model
        self._speech = speech

    def hear(self, data: bytes, *, least_speech: float = MIN_SPEECH_SECONDS) -> Heard:
        """Make a recording ready to be judged. Takes some 150 MB for ten minutes of audio.

        Raises:
            UnusableRecording: nothing could be said about it.
        """
        decoded = decode(data)
        samples = decoded.samples
        if is_silent(samples):
            raise UnusableRecording(Unusable.SILENT)
        spans = self._speech.spans(samples)
        speech_seconds = seconds_of(spans)
        windows = speech_windows(samples, spans)
        if speech_seconds < least_speech or not windows:
            raise UnusableRecording(Unusable.TOO_LITTLE_SPEECH)
        detector = self.model.detector
        return Heard(
            seconds=decoded.seconds,
            speech_seconds=speech_seconds,
            windows=windows,
            stretches=(
                speech_stretches(samples, spans, detector.stretch_samples) if detector else ()
            ),
            fingerprint=fingerprint(_around(samples, spans)),
            signals=integrity_signals(decoded, speech_seconds),
        )

    def judge(self, heard: Sequence[Heard]) -> Sequence[Judged]:
        """What the models say of each recording; all of them share the models' batches.

        Raises:
            ProviderError: a model is a service that did not answer; nothing is known.
        """
        vectors = self.model.speaker.embed([w.samples for one in heard for w in one.windows])
        detector = self.model.detector
        scores = (
            detector.scores([s.samples for one in heard for s in one.stretches])
            if detector
            else None
        )
        judged: list[Judged] = []
        window = stretch = 0
        for one in heard:
            own = vectors[window : window + len(one.windows)]
            window += len(one.windows)
            synthetic = None if scores is None else scores[stretch : stretch + len(one.stretches)]
            stretch += len(one.stretches)
            judged.append(Judged(unit(own.mean(axis=0)), own, synthetic))
        return judged


def _around(samples: Pcm, spans: Sequence[tuple[int, int]]) -> Pcm:
    """From half a second before the first speech to half a second after the last."""
    margin = RATE // 2
    return samples[max(0, spans[0][0] - margin) : spans[-1][1] + margin]
