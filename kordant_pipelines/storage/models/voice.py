"""Protected voices, the jobs that enrol and analyse, their recordings, and what came of them."""

from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Identity, LargeBinary, SmallInteger, String, text
from sqlalchemy import Index as TableIndex
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kordant_pipelines.domain.voice.recordings import Unusable
from kordant_pipelines.domain.voice.verdicts import Authenticity, Match
from kordant_pipelines.domain.voice.work import Task, VoiceState
from kordant_pipelines.storage.models.base import (
    Base,
    Id,
    Index,
    Moment,
    Sealed,
    Texts,
    new_id,
    stored_enum,
)


class ModelKind(StrEnum):
    """What a calibrated model does."""

    SPEAKER = "speaker"
    DETECTOR = "detector"


class ProtectedVoiceRow(Base):
    """A voice to protect. `label` is what its owner calls it; one a subscription and label."""

    __tablename__ = "protected_voices"
    __table_args__ = (
        TableIndex("uq_protected_voices_label", "subscription_id", "label_index", unique=True),
    )

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id("vox"))
    subscription_id: Mapped[str] = mapped_column(ForeignKey("subscriptions.id", ondelete="CASCADE"))
    label_sealed: Mapped[Sealed]
    label_index: Mapped[Index]
    created_at: Mapped[Moment]


class VoiceprintRow(Base):
    """A voice as one speaker model knows it: embeddings of two models are never compared.

    `embedding_sealed` holds little-endian floats, `fingerprints_sealed` what a replay is told by.
    """

    __tablename__ = "voiceprints"

    voice_id: Mapped[str] = mapped_column(
        ForeignKey("protected_voices.id", ondelete="CASCADE"), primary_key=True
    )
    model_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    embedding_sealed: Mapped[Sealed]
    fingerprints_sealed: Mapped[Sealed]
    clips: Mapped[int] = mapped_column(SmallInteger)
    speech_seconds: Mapped[float]
    enrolled_at: Mapped[Moment]
    run_id: Mapped[str] = mapped_column(String(64))


class VoiceJobRow(Base):
    """An enrolment or an analysis. The same recordings for the same voice are one job."""

    __tablename__ = "voice_jobs"
    __table_args__ = (
        TableIndex("uq_voice_jobs_content", "subscription_id", "content_index", unique=True),
        TableIndex(
            "ix_voice_jobs_open",
            "subscription_id",
            "due_at",
            postgresql_where=text("state IN ('pending', 'running')"),
        ),
    )

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id("vjb"))
    subscription_id: Mapped[str] = mapped_column(ForeignKey("subscriptions.id", ondelete="CASCADE"))
    task: Mapped[Task] = mapped_column(stored_enum(Task))
    voice_id: Mapped[str | None] = mapped_column(
        ForeignKey("protected_voices.id", ondelete="CASCADE"), index=True
    )
    content_index: Mapped[Index]
    state: Mapped[VoiceState] = mapped_column(stored_enum(VoiceState))
    unusable: Mapped[Unusable | None] = mapped_column(stored_enum(Unusable))
    failure: Mapped[str | None] = mapped_column(String(64))
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    due_at: Mapped[Moment]
    lease: Mapped[str | None] = mapped_column(String(64))
    run_id: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[Moment]
    ended_at: Mapped[Moment | None]


class VoiceRecordingRow(Base):
    """A recording of a job. An analysis' audio goes when its job has ended; enrolments' is kept,

    so that another speaker model can enrol from it.
    """

    __tablename__ = "voice_recordings"

    job_id: Mapped[str] = mapped_column(
        ForeignKey("voice_jobs.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    audio_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    size: Mapped[int]
    unusable: Mapped[Unusable | None] = mapped_column(stored_enum(Unusable))


class VoiceResultRow(Base):
    """What an analysis found. Scores without the models and thresholds they are of say nothing.

    `windows` is a list of [start, end, match score or null], in seconds; `stretches` the same of
    the detector's.
    """

    __tablename__ = "voice_results"

    job_id: Mapped[str] = mapped_column(
        ForeignKey("voice_jobs.id", ondelete="CASCADE"), primary_key=True
    )
    run_id: Mapped[str] = mapped_column(String(64), index=True)
    analysed_at: Mapped[Moment]
    seconds: Mapped[float]
    speech_seconds: Mapped[float]
    match: Mapped[Match] = mapped_column(stored_enum(Match))
    match_score: Mapped[float | None]
    match_upper: Mapped[float]
    match_lower: Mapped[float]
    matched_voice_id: Mapped[str | None] = mapped_column(
        ForeignKey("protected_voices.id", ondelete="SET NULL")
    )
    speaker: Mapped[str] = mapped_column(String(160))
    speaker_sha256: Mapped[str] = mapped_column(String(64))
    speaker_calibration_id: Mapped[int | None] = mapped_column(ForeignKey("voice_calibrations.id"))
    authenticity: Mapped[Authenticity] = mapped_column(stored_enum(Authenticity))
    synthetic_score: Mapped[float | None]
    synthetic_upper: Mapped[float | None]
    synthetic_lower: Mapped[float | None]
    detector: Mapped[str | None] = mapped_column(String(160))
    detector_sha256: Mapped[str | None] = mapped_column(String(64))
    detector_calibration_id: Mapped[int | None] = mapped_column(ForeignKey("voice_calibrations.id"))
    replay_score: Mapped[float | None]
    signals: Mapped[Texts]
    limits: Mapped[Texts]
    windows: Mapped[list[list[float | None]]] = mapped_column(JSONB)
    stretches: Mapped[list[list[float | None]]] = mapped_column(JSONB)


class VoiceCalibrationRow(Base):
    """A model measured on labelled recordings; the newest of a model's decides.

    `same` and `other` count trials: pairs of one speaker and of two, or synthetic and real
    recordings. `slope` and `intercept` map a score to the log of the odds at equal priors.
    """

    __tablename__ = "voice_calibrations"
    __table_args__ = (TableIndex("ix_voice_calibrations_model", "kind", "model_sha256", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[ModelKind] = mapped_column(stored_enum(ModelKind))
    model: Mapped[str] = mapped_column(String(160))
    model_sha256: Mapped[str] = mapped_column(String(64))
    groups: Mapped[int]
    same: Mapped[int]
    other: Mapped[int]
    eer: Mapped[float]
    eer_low: Mapped[float]
    eer_high: Mapped[float]
    target: Mapped[float]
    upper: Mapped[float]
    lower: Mapped[float]
    missed: Mapped[float]
    false_accepted: Mapped[float]
    slope: Mapped[float]
    intercept: Mapped[float]
    calibrated_at: Mapped[Moment]
