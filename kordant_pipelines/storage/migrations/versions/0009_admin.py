"""The admin's side: access, requests, counters, what operators are told"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_tokens",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "viewer",
                "operator",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_tokens")),
    )
    op.create_index(
        "uq_access_tokens_live_name",
        "access_tokens",
        ["name"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "admin_requests",
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("operation", sa.String(length=32), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("job_ids", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_admin_requests")),
    )
    op.create_table(
        "audit_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.String(length=400), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
    )
    op.create_index(op.f("ix_audit_log_at"), "audit_log", ["at"], unique=False)
    op.create_index(
        "ix_audit_log_refused_sign_ins",
        "audit_log",
        ["address", "at"],
        unique=False,
        postgresql_where=sa.text("action = 'sign_in' AND outcome = 'refused'"),
    )
    op.create_table(
        "health_conditions",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("calm_since", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_health_conditions")),
    )
    op.create_table(
        "operator_notices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("dedupe_key", sa.String(length=120), nullable=False),
        sa.Column("condition", sa.String(length=64), nullable=False),
        sa.Column("raised", sa.Boolean(), nullable=False),
        sa.Column("message", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_notices")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_operator_notices_dedupe_key")),
    )
    op.create_index(
        "ix_operator_notices_unsent",
        "operator_notices",
        ["id"],
        unique=False,
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    op.create_table(
        "run_timings",
        sa.Column(
            "job",
            sa.Enum(
                "darkwatch_scan",
                "hometitle_scan",
                "reports_generate",
                "voiceprint_batch",
                "removebrokers_process",
                "notifications_send",
                name="job",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "tier",
            sa.Enum(
                "basic",
                "plus",
                "premium",
                name="tier",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "measure",
            sa.Enum(
                "wait",
                "duration",
                name="measure",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("bound", sa.Double(), nullable=False),
        sa.Column("runs", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("job", "tier", "measure", "bound", name=op.f("pk_run_timings")),
    )
    op.create_table(
        "run_totals",
        sa.Column(
            "job",
            sa.Enum(
                "darkwatch_scan",
                "hometitle_scan",
                "reports_generate",
                "voiceprint_batch",
                "removebrokers_process",
                "notifications_send",
                name="job",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "tier",
            sa.Enum(
                "basic",
                "plus",
                "premium",
                name="tier",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "owed",
                "dispatched",
                "succeeded",
                "retried",
                "dead",
                "cancelled",
                "dropped",
                "superseded",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("runs", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("job", "tier", "state", name=op.f("pk_run_totals")),
    )
    op.create_table(
        "web_sessions",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("token_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["token_id"],
            ["access_tokens.id"],
            name=op.f("fk_web_sessions_token_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_web_sessions")),
    )
    op.create_index(
        op.f("ix_web_sessions_expires_at"), "web_sessions", ["expires_at"], unique=False
    )
    op.create_index(op.f("ix_web_sessions_token_id"), "web_sessions", ["token_id"], unique=False)
    op.add_column("owed_runs", sa.Column("payload", postgresql.JSONB(), nullable=True))
    op.create_index(
        "ix_owed_runs_ended_at",
        "owed_runs",
        ["ended_at"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NOT NULL"),
    )
    op.create_index(
        "ix_owed_runs_not_done",
        "owed_runs",
        ["state", "job", "id"],
        unique=False,
        postgresql_where=sa.text("state NOT IN ('succeeded', 'retried')"),
    )
    op.create_index(
        "ix_owed_runs_succeeded",
        "owed_runs",
        ["job", "subscription_id", "ended_at"],
        unique=False,
        postgresql_where=sa.text("state = 'succeeded'"),
    )
    op.create_index(
        "ix_owed_runs_retries",
        "owed_runs",
        ["job", "tier"],
        unique=False,
        postgresql_where=sa.text("state = 'owed' AND attempt > 0"),
    )


def downgrade() -> None:
    op.drop_index("ix_owed_runs_retries", table_name="owed_runs")
    op.drop_index("ix_owed_runs_succeeded", table_name="owed_runs")
    op.drop_index("ix_owed_runs_not_done", table_name="owed_runs")
    op.drop_index(
        "ix_owed_runs_ended_at",
        table_name="owed_runs",
        postgresql_where=sa.text("ended_at IS NOT NULL"),
    )
    op.drop_column("owed_runs", "payload")
    op.drop_index(op.f("ix_web_sessions_token_id"), table_name="web_sessions")
    op.drop_index(op.f("ix_web_sessions_expires_at"), table_name="web_sessions")
    op.drop_table("web_sessions")
    op.drop_table("run_totals")
    op.drop_table("run_timings")
    op.drop_index(
        "ix_operator_notices_unsent",
        table_name="operator_notices",
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    op.drop_table("operator_notices")
    op.drop_table("health_conditions")
    op.drop_index(
        "ix_audit_log_refused_sign_ins",
        table_name="audit_log",
        postgresql_where=sa.text("action = 'sign_in' AND outcome = 'refused'"),
    )
    op.drop_index(op.f("ix_audit_log_at"), table_name="audit_log")
    op.drop_table("audit_log")
    op.drop_table("admin_requests")
    op.drop_index(
        "uq_access_tokens_live_name",
        table_name="access_tokens",
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.drop_table("access_tokens")
