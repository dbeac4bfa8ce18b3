"""Data brokers, removal requests, their transitions, mails and tasks"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


_ALERTS = ("baseline", "exposure", "exposure_grew")
_REMOVAL_ALERTS = ("removal_relisted", "removal_tasks")


def _alert_kinds(*values: str) -> None:
    op.drop_constraint(op.f("ck_alerts_alertkind"), "alerts", type_="check")
    listed = ", ".join(f"'{value}'" for value in values)
    op.create_check_constraint(op.f("ck_alerts_alertkind"), "alerts", f"kind IN ({listed})")


def upgrade() -> None:
    _alert_kinds(*_ALERTS, *_REMOVAL_ALERTS)
    op.create_table(
        "brokers",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_brokers")),
    )
    op.create_table(
        "broker_troubles",
        sa.Column("broker", sa.String(length=40), nullable=False),
        sa.Column(
            "part",
            sa.Enum(
                "search",
                "form",
                "letters",
                "inbox",
                name="part",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("try_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("broker", "part", name=op.f("pk_broker_troubles")),
    )
    op.create_table(
        "removal_mailboxes",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("uid_validity", sa.BigInteger(), nullable=False),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_removal_mailboxes")),
    )
    op.create_table(
        "removal_profiles",
        sa.Column("subscription_id", sa.String(length=40), nullable=False),
        sa.Column("profile_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("authorised_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name=op.f("fk_removal_profiles_subscription_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscription_id", name=op.f("pk_removal_profiles")),
    )
    op.create_table(
        "removal_requests",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("subscription_id", sa.String(length=40), nullable=False),
        sa.Column("broker_key", sa.String(length=40), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column(
            "regime",
            sa.Enum(
                "ccpa",
                "gdpr",
                "delete_act",
                "voluntary",
                name="regime",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "submitting",
                "awaiting_email_confirm",
                "submitted",
                "acknowledged",
                "verifying",
                "removed",
                "reappeared",
                "needs_user_action",
                "not_found",
                "rejected",
                "overdue",
                "escalated",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged", sa.Boolean(), nullable=False),
        sa.Column("extended", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("customer_saw", sa.Boolean(), nullable=True),
        sa.Column("on_its_own", sa.Boolean(), nullable=False),
        sa.Column("profile_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("link_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["broker_key"], ["brokers.key"], name=op.f("fk_removal_requests_broker_key")
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name=op.f("fk_removal_requests_subscription_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_removal_requests")),
        sa.UniqueConstraint("reference", name=op.f("uq_removal_requests_reference")),
        sa.UniqueConstraint(
            "subscription_id",
            "broker_key",
            "generation",
            name=op.f("uq_removal_requests_subscription_id_broker_key_generation"),
        ),
    )
    op.create_index(
        op.f("ix_removal_requests_broker_key"), "removal_requests", ["broker_key"], unique=False
    )
    op.create_index(
        "ix_removal_requests_due",
        "removal_requests",
        ["next_at"],
        unique=False,
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_index(
        "uq_removal_requests_live",
        "removal_requests",
        ["subscription_id", "broker_key"],
        unique=True,
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_table(
        "broker_coverage",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("scan_id", sa.BigInteger(), nullable=False),
        sa.Column("broker_key", sa.String(length=40), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "checked",
                "unchanged",
                "not_due",
                "not_checked",
                "uncovered",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["broker_key"], ["brokers.key"], name=op.f("fk_broker_coverage_broker_key")
        ),
        sa.ForeignKeyConstraint(
            ["scan_id"], ["scans.id"], name=op.f("fk_broker_coverage_scan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broker_coverage")),
    )
    op.create_index(
        op.f("ix_broker_coverage_scan_id"), "broker_coverage", ["scan_id"], unique=False
    )
    op.create_table(
        "removal_mails",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("message_digest", sa.LargeBinary(), nullable=False),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "our_copy",
                "confirm",
                "acknowledged",
                "extended",
                "completed",
                "refused",
                "needs_customer",
                "bounced",
                "unclear",
                name="mailkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("attempt", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["removal_requests.id"],
            name=op.f("fk_removal_mails_request_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_removal_mails")),
        sa.UniqueConstraint(
            "message_digest", "request_id", name=op.f("uq_removal_mails_message_digest_request_id")
        ),
    )
    op.create_index(
        op.f("ix_removal_mails_request_id"), "removal_mails", ["request_id"], unique=False
    )
    op.create_table(
        "removal_tasks",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "file",
                "look",
                "complain",
                "review",
                name="taskkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["removal_requests.id"],
            name=op.f("fk_removal_tasks_request_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_removal_tasks")),
    )
    op.create_index(
        "uq_removal_tasks_open",
        "removal_tasks",
        ["request_id", "kind"],
        unique=True,
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "removal_transitions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column(
            "from_state",
            sa.Enum(
                "pending",
                "submitting",
                "awaiting_email_confirm",
                "submitted",
                "acknowledged",
                "verifying",
                "removed",
                "reappeared",
                "needs_user_action",
                "not_found",
                "rejected",
                "overdue",
                "escalated",
                "failed",
                name="from_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "event",
            sa.Enum(
                "look_clear",
                "look_listed",
                "claimed",
                "accepted",
                "mail_awaited",
                "not_sent",
                "refused",
                "confirmed",
                "confirm_ran_out",
                "customer_needed",
                "customer_filed",
                "customer_saw_gone",
                "customer_saw_listed",
                "broker_acknowledged",
                "broker_extended",
                "broker_completed",
                "broker_refused",
                "undeliverable",
                "clock_ran_out",
                "grace_ran_out",
                "parent_covers",
                "parent_fell_short",
                "tried_again",
                "reopened",
                name="event",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "to_state",
            sa.Enum(
                "pending",
                "submitting",
                "awaiting_email_confirm",
                "submitted",
                "acknowledged",
                "verifying",
                "removed",
                "reappeared",
                "needs_user_action",
                "not_found",
                "rejected",
                "overdue",
                "escalated",
                "failed",
                name="to_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "to_state <> 'removed' OR event = 'look_clear'",
            name=op.f("ck_removal_transitions_removed_is_seen"),
        ),
        sa.CheckConstraint(
            "event NOT IN ('look_clear', 'look_listed') OR run_id <> 'by_hand'",
            name=op.f("ck_removal_transitions_looks_are_ours"),
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["removal_requests.id"],
            name=op.f("fk_removal_transitions_request_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_removal_transitions")),
    )
    op.create_index(
        op.f("ix_removal_transitions_request_id"),
        "removal_transitions",
        ["request_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_removal_transitions_run_id"), "removal_transitions", ["run_id"], unique=False
    )


def downgrade() -> None:
    op.drop_table("removal_transitions")
    op.drop_table("removal_tasks")
    op.drop_table("removal_mails")
    op.drop_table("broker_coverage")
    op.drop_table("removal_requests")
    op.drop_table("removal_profiles")
    op.drop_table("removal_mailboxes")
    op.drop_table("broker_troubles")
    op.drop_table("brokers")
    op.execute("DELETE FROM alerts WHERE kind LIKE 'removal!_%' ESCAPE '!'")
    _alert_kinds(*_ALERTS)
