"""The calendar: owed runs, opened periods, schedules as operators want them"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_CHANGES = ("created", "tier_changed", "paused", "resumed", "cancelled")


def upgrade() -> None:
    _allow_changes(_CHANGES)
    op.create_table(
        "opened_periods",
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
        sa.Column("slot", sa.String(length=80), nullable=False),
        sa.Column(
            "cadence",
            sa.Enum(
                "daily",
                "weekly",
                "monthly",
                name="cadence",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("job", "tier", "slot", name=op.f("pk_opened_periods")),
    )
    op.create_table(
        "schedule_config",
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
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column(
            "cadence",
            sa.Enum(
                "daily",
                "weekly",
                "monthly",
                name="cadence",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("window_start", sa.Integer(), nullable=True),
        sa.Column("window_end", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "window_start >= 0 AND window_start < window_end AND window_end <= 86400",
            name=op.f("ck_schedule_config_window"),
        ),
        sa.PrimaryKeyConstraint("job", "tier", name=op.f("pk_schedule_config")),
    )
    op.create_table(
        "owed_runs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
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
        sa.Column("subscription_id", sa.String(length=40), nullable=False),
        sa.Column("slot", sa.String(length=80), nullable=False),
        sa.Column(
            "cadence",
            sa.Enum(
                "daily",
                "weekly",
                "monthly",
                name="cadence",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("attempt", sa.SmallInteger(), nullable=False),
        sa.Column("revision", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "scheduled",
                "baseline",
                "plan_changed",
                "pending_work",
                "real_time",
                "replay",
                "by_hand",
                name="reason",
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
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
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
        sa.Column(
            "failure",
            sa.Enum(
                "permanent",
                "exhausted",
                name="failure",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("run_id", sa.String(length=64), nullable=True),
        sa.Column("root_run_id", sa.String(length=64), nullable=True),
        sa.Column("parent_run_id", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name=op.f("fk_owed_runs_subscription_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_owed_runs")),
        sa.UniqueConstraint(
            "job",
            "subscription_id",
            "slot",
            "attempt",
            name=op.f("uq_owed_runs_job_subscription_id_slot_attempt"),
        ),
    )
    op.create_index(
        "ix_owed_runs_dead",
        "owed_runs",
        ["ended_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'dead'"),
    )
    op.create_index(
        "ix_owed_runs_dispatched",
        "owed_runs",
        ["dispatched_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'dispatched'"),
    )
    op.create_index("ix_owed_runs_due_at", "owed_runs", ["due_at"], unique=False)
    op.create_index(
        "ix_owed_runs_owed",
        "owed_runs",
        ["priority", "due_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'owed'"),
    )
    op.create_index(op.f("ix_owed_runs_run_id"), "owed_runs", ["run_id"], unique=False)
    op.create_index(
        op.f("ix_owed_runs_subscription_id"), "owed_runs", ["subscription_id"], unique=False
    )
    op.create_index(
        "uq_owed_runs_pending_work",
        "owed_runs",
        ["job", "subscription_id"],
        unique=True,
        postgresql_where=sa.text("reason = 'pending_work' AND state IN ('owed', 'dispatched')"),
    )


def downgrade() -> None:
    op.drop_index(
        "uq_owed_runs_pending_work",
        table_name="owed_runs",
        postgresql_where=sa.text("reason = 'pending_work' AND state IN ('owed', 'dispatched')"),
    )
    op.drop_index(op.f("ix_owed_runs_subscription_id"), table_name="owed_runs")
    op.drop_index(op.f("ix_owed_runs_run_id"), table_name="owed_runs")
    op.drop_index(
        "ix_owed_runs_owed", table_name="owed_runs", postgresql_where=sa.text("state = 'owed'")
    )
    op.drop_index("ix_owed_runs_due_at", table_name="owed_runs")
    op.drop_index(
        "ix_owed_runs_dispatched",
        table_name="owed_runs",
        postgresql_where=sa.text("state = 'dispatched'"),
    )
    op.drop_index(
        "ix_owed_runs_dead", table_name="owed_runs", postgresql_where=sa.text("state = 'dead'")
    )
    op.drop_table("owed_runs")
    op.drop_table("schedule_config")
    op.drop_table("opened_periods")
    _allow_changes(("created", "cancelled"))


def _allow_changes(values: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_change_log_change"), "change_log", type_="check")
    allowed = ", ".join(f"'{value}'" for value in values)
    op.create_check_constraint(op.f("ck_change_log_change"), "change_log", f"change IN ({allowed})")
