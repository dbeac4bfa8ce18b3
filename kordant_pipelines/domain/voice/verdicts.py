"""What a score means: the verdicts, the thresholds they rest on, and what they do not say."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, model_validator


class Match(StrEnum):
    """Whether a recording sounds like an enrolled speaker."""

    MATCH = "match"
    NO_MATCH = "no_match"
    UNSURE = "unsure"
    NOT_COMPARED = "not_compared"


class Authenticity(StrEnum):
    """Whether a recording sounds made by a machine."""

    AUTHENTIC = "authentic"
    SYNTHETIC = "synthetic"
    INCONCLUSIVE = "inconclusive"
    NOT_ASSESSED = "not_assessed"


class Signal(StrEnum):
    """Something measured about a recording that its hearer should know."""

    REPLAY = "replay"
    DIGITAL_SILENCE = "digital_silence"
    NARROW_BAND = "narrow_band"
    CLIPPED = "clipped"
    LITTLE_SPEECH = "little_speech"
    WINDOWS_DISAGREE = "windows_disagree"


class Limit(StrEnum):
    """What a result does not say. Shown wherever the result is."""

    CLONE_CAN_MATCH = "clone_can_match"
    SPEAKER_UNCALIBRATED = "speaker_uncalibrated"
    NO_DETECTOR = "no_detector"
    DETECTOR_UNCALIBRATED = "detector_uncalibrated"
    ONLY_KNOWN_GENERATORS = "only_known_generators"
    NOTHING_ENROLLED = "nothing_enrolled"

    @property
    def sentence(self) -> str:
        """The limit in words."""
        return _LIMITS[self]


_LIMITS: Final = {
    Limit.CLONE_CAN_MATCH: ("Voice similarity to the enrolled speaker; a cloned voice can match."),
    Limit.SPEAKER_UNCALIBRATED: "Uncalibrated default thresholds: run `kordant voice calibrate`.",
    Limit.NO_DETECTOR: "Not assessed for synthetic speech: no detector is configured.",
    Limit.DETECTOR_UNCALIBRATED: (
        "The detector is not calibrated, so its score decides nothing: "
        "run `kordant voice calibrate --detector`."
    ),
    Limit.ONLY_KNOWN_GENERATORS: (
        "Assessed by a detector that was measured on the generators of its calibration alone; "
        "others may pass it, and real speech from elsewhere may not."
    ),
    Limit.NOTHING_ENROLLED: "No enrolled voice to compare with.",
}


class Thresholds(BaseModel):
    """Scores at or above `upper` mean yes, below `lower` no; what lies between is undecided."""

    model_config = ConfigDict(frozen=True)

    upper: float
    lower: float

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.lower > self.upper:
            raise ValueError("lower must not be above upper")
        return self


DEFAULT_MATCH: Final = Thresholds(upper=0.51, lower=0.35)
"""For the default speaker model, from the measurements that chose it (see the README)."""
UNDECIDED: Final = Thresholds(upper=1.01, lower=-1.01)
"""For a speaker model that nobody measured: no cosine is beyond them, so all are unsure."""


def match_verdict(score: float | None, thresholds: Thresholds) -> Match:
    """The verdict on a similarity; None means that there was nothing to compare with."""
    if score is None:
        return Match.NOT_COMPARED
    if score >= thresholds.upper:
        return Match.MATCH
    return Match.NO_MATCH if score < thresholds.lower else Match.UNSURE


def authenticity_verdict(score: float | None, thresholds: Thresholds | None) -> Authenticity:
    """The verdict on a detector's score, where more means more synthetic.

    No score is not a low one: NOT_ASSESSED. A score without calibrated thresholds decides nothing.
    """
    if score is None:
        return Authenticity.NOT_ASSESSED
    if thresholds is None:
        return Authenticity.INCONCLUSIVE
    if score >= thresholds.upper:
        return Authenticity.SYNTHETIC
    return Authenticity.AUTHENTIC if score < thresholds.lower else Authenticity.INCONCLUSIVE


def limits_of(
    match: Match,
    authenticity: Authenticity,
    *,
    speaker_calibrated: bool,
    detector_calibrated: bool,
) -> Sequence[Limit]:
    """What must be said beside these verdicts."""
    limits: list[Limit] = []
    if match is Match.NOT_COMPARED:
        limits.append(Limit.NOTHING_ENROLLED)
    else:
        limits.append(Limit.CLONE_CAN_MATCH)
        if not speaker_calibrated:
            limits.append(Limit.SPEAKER_UNCALIBRATED)
    if authenticity is Authenticity.NOT_ASSESSED:
        limits.append(Limit.NO_DETECTOR)
    elif not detector_calibrated:
        limits.append(Limit.DETECTOR_UNCALIBRATED)
    else:
        limits.append(Limit.ONLY_KNOWN_GENERATORS)
    return limits
