"""Which thresholds a model's scores are held against: its newest calibration's, if it has one."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from kordant_pipelines.domain.voice.verdicts import DEFAULT_MATCH, UNDECIDED, Thresholds
from kordant_pipelines.inference.shipped import SPEAKER
from kordant_pipelines.storage.models import VoiceCalibrationRow
from kordant_pipelines.storage.models.voice import ModelKind


@dataclass(frozen=True, slots=True)
class Rule:
    """Thresholds and the calibration they are from; None: nobody measured them here."""

    thresholds: Thresholds
    calibration_id: int | None


def speaker_rule(session: Session, sha256: str) -> Rule:
    """The rule for similarities by the speaker model with this digest."""
    unmeasured = DEFAULT_MATCH if sha256 == SPEAKER.sha256 else UNDECIDED
    return _newest(session, ModelKind.SPEAKER, sha256) or Rule(unmeasured, None)


def detector_rule(session: Session, sha256: str | None) -> Rule | None:
    """The rule for a detector's scores; None if it is not calibrated: then it decides nothing."""
    return None if sha256 is None else _newest(session, ModelKind.DETECTOR, sha256)


def all_calibrations(session: Session) -> Sequence[VoiceCalibrationRow]:
    """Every calibration, newest first."""
    return session.scalars(
        select(VoiceCalibrationRow).order_by(VoiceCalibrationRow.id.desc())
    ).all()


def _newest(session: Session, kind: ModelKind, sha256: str) -> Rule | None:
    row = session.scalars(
        select(VoiceCalibrationRow)
        .where(VoiceCalibrationRow.kind == kind, VoiceCalibrationRow.model_sha256 == sha256)
        .order_by(VoiceCalibrationRow.id.desc())
        .limit(1)
    ).one_or_none()
    return row and Rule(Thresholds(upper=row.upper, lower=row.lower), row.id)
