"""VoicePrint: protected voices, voice jobs and their recordings, results, calibrations"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ALERTS = (
    *("baseline", "exposure", "exposure_grew"),
    *("title_baseline", "title_change", "title_question"),
    *("removal_relisted", "removal_tasks"),
)
_VOICE_ALERTS = ("voice_synthetic", "voice_replay")


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _alert_kinds(*values: str) -> None:
    op.drop_constraint(op.f("ck_alerts_alertkind"), "alerts", type_="check")
    listed = ", ".join(f"'{value}'" for value in values)
    op.create_check_constraint(op.f("ck_alerts_alertkind"), "alerts", f"kind IN ({listed})")


def upgrade() -> None:
    _alert_kinds(*_ALERTS, *_VOICE_ALERTS)
    op.create_table(
        "voice_calibrations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", _enum("modelkind", "speaker", "detector"), nullable=False),
        sa.Column("model", sa.String(length=160), nullable=False),
        sa.Column("model_sha256", sa.String(length=64), nullable=False),
        sa.Column("groups", sa.Integer(), nullable=False),
        sa.Column("same", sa.Integer(), nullable=False),
        sa.Column("other", sa.Integer(), nullable=False),
        sa.Column("eer", sa.Double(), nullable=False),
        sa.Column("eer_low", sa.Double(), nullable=False),
        sa.Column("eer_high", sa.Double(), nullable=False),
        sa.Column("target", sa.Double(), nullable=False),
        sa.Column("upper", sa.Double(), nullable=False),
        sa.Column("lower", sa.Double(), nullable=False),
        sa.Column("missed", sa.Double(), nullable=False),
        sa.Column("false_accepted", sa.Double(), nullable=False),
        sa.Column("slope", sa.Double(), nullable=False),
        sa.Column("intercept", sa.Double(), nullable=False),
        sa.Column("calibrated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voice_calibrations")),
    )
    op.create_index(
        "ix_voice_calibrations_model",
        "voice_calibrations",
        ["kind", "model_sha256", "id"],
        unique=False,
    )
    op.create_table(
        "protected_voices",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("subscription_id", sa.String(length=40), nullable=False),
        sa.Column("label_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("label_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name=op.f("fk_protected_voices_subscription_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protected_voices")),
    )
    op.create_index(
        "uq_protected_voices_label",
        "protected_voices",
        ["subscription_id", "label_index"],
        unique=True,
    )
    op.create_table(
        "voice_jobs",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("subscription_id", sa.String(length=40), nullable=False),
        sa.Column("task", _enum("task", "enrol", "analyse"), nullable=False),
        sa.Column("voice_id", sa.String(length=40), nullable=True),
        sa.Column("content_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column(
            "state",
            _enum("voicestate", "pending", "running", "done", "not_evaluable", "failed"),
            nullable=False,
        ),
        sa.Column(
            "unusable",
            _enum(
                "unusable",
                "empty",
                "too_large",
                "not_audio",
                "truncated",
                "damaged",
                "too_many_channels",
                "sample_rate",
                "too_long",
                "silent",
                "too_little_speech",
                "voices_differ",
            ),
            nullable=True,
        ),
        sa.Column("failure", sa.String(length=64), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.String(length=64), nullable=True),
        sa.Column("run_id", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name=op.f("fk_voice_jobs_subscription_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["voice_id"],
            ["protected_voices.id"],
            name=op.f("fk_voice_jobs_voice_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voice_jobs")),
    )
    op.create_index(
        "ix_voice_jobs_open",
        "voice_jobs",
        ["subscription_id", "due_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('pending', 'running')"),
    )
    op.create_index(op.f("ix_voice_jobs_voice_id"), "voice_jobs", ["voice_id"], unique=False)
    op.create_index(
        "uq_voice_jobs_content", "voice_jobs", ["subscription_id", "content_index"], unique=True
    )
    op.create_table(
        "voiceprints",
        sa.Column("voice_id", sa.String(length=40), nullable=False),
        sa.Column("model_sha256", sa.String(length=64), nullable=False),
        sa.Column("embedding_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprints_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("clips", sa.SmallInteger(), nullable=False),
        sa.Column("speech_seconds", sa.Double(), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["voice_id"],
            ["protected_voices.id"],
            name=op.f("fk_voiceprints_voice_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("voice_id", "model_sha256", name=op.f("pk_voiceprints")),
    )
    op.create_table(
        "voice_recordings",
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("audio_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column(
            "unusable",
            _enum(
                "unusable",
                "empty",
                "too_large",
                "not_audio",
                "truncated",
                "damaged",
                "too_many_channels",
                "sample_rate",
                "too_long",
                "silent",
                "too_little_speech",
                "voices_differ",
            ),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(
            ["job_id"],
            ["voice_jobs.id"],
            name=op.f("fk_voice_recordings_job_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("job_id", "position", name=op.f("pk_voice_recordings")),
    )
    op.create_table(
        "voice_results",
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("analysed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("speech_seconds", sa.Double(), nullable=False),
        sa.Column(
            "match", _enum("match", "match", "no_match", "unsure", "not_compared"), nullable=False
        ),
        sa.Column("match_score", sa.Double(), nullable=True),
        sa.Column("match_upper", sa.Double(), nullable=False),
        sa.Column("match_lower", sa.Double(), nullable=False),
        sa.Column("matched_voice_id", sa.String(length=40), nullable=True),
        sa.Column("speaker", sa.String(length=160), nullable=False),
        sa.Column("speaker_sha256", sa.String(length=64), nullable=False),
        sa.Column("speaker_calibration_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "authenticity",
            _enum("authenticity", "authentic", "synthetic", "inconclusive", "not_assessed"),
            nullable=False,
        ),
        sa.Column("synthetic_score", sa.Double(), nullable=True),
        sa.Column("synthetic_upper", sa.Double(), nullable=True),
        sa.Column("synthetic_lower", sa.Double(), nullable=True),
        sa.Column("detector", sa.String(length=160), nullable=True),
        sa.Column("detector_sha256", sa.String(length=64), nullable=True),
        sa.Column("detector_calibration_id", sa.BigInteger(), nullable=True),
        sa.Column("replay_score", sa.Double(), nullable=True),
        sa.Column("signals", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("limits", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("windows", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("stretches", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["detector_calibration_id"],
            ["voice_calibrations.id"],
            name=op.f("fk_voice_results_detector_calibration_id"),
        ),
        sa.ForeignKeyConstraint(
            ["job_id"], ["voice_jobs.id"], name=op.f("fk_voice_results_job_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["matched_voice_id"],
            ["protected_voices.id"],
            name=op.f("fk_voice_results_matched_voice_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["speaker_calibration_id"],
            ["voice_calibrations.id"],
            name=op.f("fk_voice_results_speaker_calibration_id"),
        ),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_voice_results")),
    )
    op.create_index(op.f("ix_voice_results_run_id"), "voice_results", ["run_id"], unique=False)
