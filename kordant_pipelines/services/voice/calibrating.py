"""Measuring a model on labelled recordings, and keeping what was measured with its digest."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.errors import RefusedInput
from kordant_pipelines.domain.voice.recordings import UnusableRecording
from kordant_pipelines.services.voice.intake import MIN_CLIPS
from kordant_pipelines.services.voice.labelled import (
    Labelled,
    real_and_synthetic_in,
    speakers_in,
)
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import VoiceCalibrationRow
from kordant_pipelines.storage.models.voice import ModelKind

if TYPE_CHECKING:
    from kordant_pipelines.inference.calibration import Measured, Trials
    from kordant_pipelines.inference.engine import Judged, VoiceEngine
    from kordant_pipelines.inference.model import ModelInfo
    from kordant_pipelines.inference.pcm import Vectors

SEED: Final = 8
"""Of the draws that bound an EER: the same recordings give the same bounds."""


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A calibration that was stored. `flagged` is the share above `upper` by group."""

    id: int
    kind: ModelKind
    model: str
    groups: int
    same: int
    other: int
    measured: "Measured"
    skipped: Mapping[str, int]
    flagged: Mapping[str, tuple[int, float]]


@dataclass(slots=True)
class _Listening:
    """What was listened to, and what could not be."""

    skipped: Counter[str] = field(default_factory=Counter[str])


class Calibration:
    """Calibrates the models of one process for one domain database."""

    def __init__(
        self, database: Database, engine: "Callable[[], VoiceEngine]", clock: Clock
    ) -> None:
        self._database = database
        self._engine = engine
        self._clock = clock

    def speaker(self, folder: Path, *, target: float) -> Calibrated:
        """Calibrate the speaker model by trials as an analysis makes them.

        Each recording is held against enrolments of three, of its own speaker from other sessions
        and of every other speaker.

        Raises:
            RefusedInput: the folder's layout, or too few trials for `target`.
        """
        from kordant_pipelines.inference.calibration import Trials

        listening = _Listening()
        engine = self._engine()
        labelled = speakers_in(folder)
        heard = [(one, judged.vector) for one, judged in self._judged(engine, labelled, listening)]
        same, other = _speaker_trials(heard)
        if not same or not other:
            raise RefusedInput(
                f"{folder} gives no trials: a speaker needs {MIN_CLIPS} usable recordings outside "
                "the session that is tried."
            )
        import numpy as np

        trials = Trials(
            same=np.array([score for score, *_ in same]),
            other=np.array([score for score, *_ in other]),
            same_groups=np.array([group for _, group in same], np.int64),
            other_groups=np.array([groups for _, *groups in other], np.int64),
        )
        count = len({one.group for one, _ in heard})
        info = engine.model.speaker.info
        return self._keep(ModelKind.SPEAKER, info, count, trials, target, listening, {})

    def detector(self, folder: Path, *, target: float) -> Calibrated:
        """Calibrate the detector on real recordings and synthetic ones.

        Raises:
            RefusedInput: no detector is configured; the folder's layout; too few for `target`.
        """
        from kordant_pipelines.inference.calibration import Trials, index_of

        engine = self._engine()
        if engine.model.detector is None:
            raise RefusedInput("No detector is configured: set KORDANT_VOICE_DETECTOR.")
        listening = _Listening()
        scored = [
            [
                (one, judged.synthetic_score)
                for one, judged in self._judged(engine, labelled, listening)
                if judged.synthetic_score is not None
            ]
            for labelled in real_and_synthetic_in(folder)
        ]
        real, synthetic = scored
        if not real or not synthetic:
            raise RefusedInput(f"{folder} holds no usable recording of one of the two kinds.")
        import numpy as np

        # Drawn again by recording: with a handful of sources, draws of those would say little.
        place = index_of([str(one.path) for kind in scored for one, _ in kind])
        trials = Trials(
            same=np.array([score for _, score in synthetic]),
            other=np.array([score for _, score in real]),
            same_groups=np.array([place(str(one.path)) for one, _ in synthetic], np.int64),
            other_groups=np.array([[place(str(one.path))] * 2 for one, _ in real], np.int64),
        )
        by_group: defaultdict[str, list[float]] = defaultdict(list)
        for one, score in (*real, *synthetic):
            by_group[one.group].append(score)
        info = engine.model.detector.info
        return self._keep(
            ModelKind.DETECTOR, info, len(by_group), trials, target, listening, by_group
        )

    def _judged(
        self, engine: "VoiceEngine", labelled: Sequence[Labelled], listening: _Listening
    ) -> "Iterator[tuple[Labelled, Judged]]":
        for one in labelled:
            try:
                heard = engine.hear(one.path.read_bytes())
            except UnusableRecording as unusable:
                listening.skipped[unusable.reason.value] += 1
                continue
            yield one, engine.judge([heard])[0]

    def _keep(
        self,
        kind: ModelKind,
        info: "ModelInfo",
        groups: int,
        trials: "Trials",
        target: float,
        listening: _Listening,
        by_group: Mapping[str, Sequence[float]],
    ) -> Calibrated:
        from kordant_pipelines.inference.calibration import least_target, measure

        same, other = len(trials.same), len(trials.other)
        least = least_target(other)
        if target < least:
            raise RefusedInput(
                f"{other} trials do not allow to speak of {target:.3%} false accepts: "
                f"{least:.3%} is the least they do. Bring more recordings, or say --target."
            )
        measured = measure(trials, target=target, seed=SEED)
        row = VoiceCalibrationRow(
            kind=kind,
            model=f"{info.id} {info.version}",
            model_sha256=info.sha256,
            groups=groups,
            same=same,
            other=other,
            eer=measured.eer,
            eer_low=measured.low,
            eer_high=measured.high,
            target=target,
            upper=measured.upper,
            lower=measured.lower,
            missed=measured.missed,
            false_accepted=measured.false_accepted,
            slope=measured.slope,
            intercept=measured.intercept,
            calibrated_at=self._clock(),
        )
        with self._database.transaction() as session:
            session.add(row)
        flagged = {
            group: (len(scores), sum(s >= measured.upper for s in scores) / len(scores))
            for group, scores in sorted(by_group.items())
        }
        return Calibrated(
            row.id, kind, row.model, groups, same, other, measured, listening.skipped, flagged
        )


def _speaker_trials(
    heard: "Sequence[tuple[Labelled, Vectors]]",
) -> tuple[list[tuple[float, int]], list[tuple[float, int, int]]]:
    """Scores with whose they are: (score, speaker) and (score, speaker, enrolled speaker)."""
    from kordant_pipelines.inference.calibration import index_of
    from kordant_pipelines.inference.combine import combined, similarity

    place = index_of([one.group for one, _ in heard])
    enrolled: dict[tuple[str, str], Sequence[float]] = {}
    for group, session in {(one.group, one.session) for one, _ in heard}:
        rest = [v for one, v in heard if one.group == group and one.session != session]
        if len(rest) >= MIN_CLIPS:
            enrolled[group, session] = combined(rest[:MIN_CLIPS])
    same: list[tuple[float, int]] = []
    other: list[tuple[float, int, int]] = []
    for one, vector in heard:
        for (group, session), embedding in enrolled.items():
            if group != one.group:
                score = similarity(vector, embedding)
                other.append((score, place(one.group), place(group)))
            elif session == one.session:
                same.append((similarity(vector, embedding), place(group)))
    return same, other
