"""Notifications of any subject, the messages that carry them, wishes, suppressions"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CHANNELS = ("email", "sms", "push")
STATUSES = ("pending", "sent", "failed", "dropped", "unconfirmed")
SEVERITIES = ("info", "low", "medium", "high", "critical")


def _stored(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _restrict(table: str, column: str, values: tuple[str, ...], name: str | None = None) -> None:
    """Replace the check of an enumerated column."""
    name = f"ck_{table}_{name or column}"
    listed = ", ".join(f"'{value}'" for value in values)
    op.drop_constraint(op.f(name), table)
    op.create_check_constraint(op.f(name), table, f"{column} IN ({listed})")


def upgrade() -> None:
    for table in ("contact_points", "notification_preferences", "notifications"):
        _restrict(table, "channel", CHANNELS)
    _restrict("notifications", "status", STATUSES, "notificationstatus")

    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("subscription_id", sa.String(length=40), nullable=False),
        sa.Column("contact_point_id", sa.String(length=40), nullable=False),
        sa.Column("channel", _stored("channel", *CHANNELS), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("payload_sealed", sa.LargeBinary(), nullable=False),
        sa.Column(
            "status",
            _stored(
                "deliverystatus",
                "ready",
                "claimed",
                "sending",
                "unknown",
                "sent",
                "delivered",
                "failed",
                "unconfirmed",
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claim", sa.String(length=40), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("in_doubt_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provider_id", sa.String(length=255), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_point_id"],
            ["contact_points.id"],
            name=op.f("fk_deliveries_contact_point_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name=op.f("fk_deliveries_subscription_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint(
            "provider", "provider_id", name=op.f("uq_deliveries_provider_provider_id")
        ),
    )
    op.create_index(
        op.f("ix_deliveries_contact_point_id"), "deliveries", ["contact_point_id"], unique=False
    )
    op.create_index(op.f("ix_deliveries_run_id"), "deliveries", ["run_id"], unique=False)
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        ["subscription_id", "next_at"],
        unique=False,
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )

    op.create_table(
        "suppressions",
        sa.Column("channel", _stored("channel", *CHANNELS), nullable=False),
        sa.Column("value_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column(
            "reason",
            _stored("suppressionreason", "unsubscribed", "bounced", "complained", "unreachable"),
            nullable=False,
        ),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", "value_index", name=op.f("pk_suppressions")),
    )

    op.add_column(
        "notification_preferences",
        sa.Column("immediate_from", _stored("immediate_from", *SEVERITIES), nullable=True),
    )
    op.add_column("notification_preferences", sa.Column("digest_hour", sa.Integer(), nullable=True))
    op.add_column("notification_preferences", sa.Column("quiet_from", sa.Integer(), nullable=True))
    op.add_column("notification_preferences", sa.Column("quiet_until", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE notification_preferences SET digest_hour = 9, "
        "immediate_from = CASE channel WHEN 'email' THEN 'medium' ELSE 'high' END, "
        "quiet_from = CASE channel WHEN 'email' THEN NULL ELSE 22 END, "
        "quiet_until = CASE channel WHEN 'email' THEN NULL ELSE 7 END"
    )
    op.alter_column("notification_preferences", "immediate_from", nullable=False)
    op.alter_column("notification_preferences", "digest_hour", nullable=False)

    op.add_column("notifications", sa.Column("subscription_id", sa.String(40), nullable=True))
    op.add_column(
        "notifications",
        sa.Column("subject", _stored("subjectkind", "alert", "report", "message"), nullable=True),
    )
    op.add_column(
        "notifications", sa.Column("severity", _stored("severity", *SEVERITIES), nullable=True)
    )
    op.add_column("notifications", sa.Column("facts_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("notifications", sa.Column("reason", sa.String(64), nullable=True))
    op.add_column(
        "notifications", sa.Column("not_before", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("notifications", sa.Column("delivery_id", sa.String(40), nullable=True))
    op.execute(
        "UPDATE notifications SET subject = 'alert', not_before = notifications.created_at, "
        "subscription_id = alerts.subscription_id, severity = alerts.severity "
        "FROM alerts WHERE alerts.id = notifications.alert_id"
    )
    for column in ("subscription_id", "subject", "severity", "not_before"):
        op.alter_column("notifications", column, nullable=False)
    op.alter_column("notifications", "alert_id", nullable=True)
    op.alter_column("notifications", "dedupe_key", type_=sa.String(300))
    op.create_check_constraint(
        op.f("ck_notifications_facts"), "notifications", "num_nonnulls(alert_id, facts_sealed) = 1"
    )
    op.create_foreign_key(
        op.f("fk_notifications_subscription_id"),
        "notifications",
        "subscriptions",
        ["subscription_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_foreign_key(
        op.f("fk_notifications_delivery_id"),
        "notifications",
        "deliveries",
        ["delivery_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_index(
        op.f("ix_notifications_delivery_id"), "notifications", ["delivery_id"], unique=False
    )
    op.drop_index("ix_notifications_pending", table_name="notifications")
    op.create_index(
        "ix_notifications_due",
        "notifications",
        ["subscription_id", "not_before"],
        unique=False,
        postgresql_where=sa.text("status = 'pending' AND delivery_id IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_notifications_due", table_name="notifications")
    op.execute("DELETE FROM notifications WHERE alert_id IS NULL OR channel = 'push'")
    op.execute(
        "UPDATE notifications SET status = 'failed' WHERE status IN ('dropped', 'unconfirmed')"
    )
    op.drop_constraint(op.f("ck_notifications_facts"), "notifications")
    for column in (
        "delivery_id",
        "not_before",
        "reason",
        "facts_sealed",
        "severity",
        "subject",
        "subscription_id",
    ):
        op.drop_column("notifications", column)
    op.alter_column("notifications", "alert_id", nullable=False)
    op.alter_column("notifications", "dedupe_key", type_=sa.String(120))
    op.create_index(
        "ix_notifications_pending",
        "notifications",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("status = 'pending'"),
    )
    for column in ("quiet_until", "quiet_from", "digest_hour", "immediate_from"):
        op.drop_column("notification_preferences", column)
    op.drop_table("suppressions")
    op.drop_table("deliveries")
    op.execute("DELETE FROM contact_points WHERE channel = 'push'")
    op.execute("DELETE FROM notification_preferences WHERE channel = 'push'")
    _restrict("notifications", "status", STATUSES[:3], "notificationstatus")
    for table in ("contact_points", "notification_preferences", "notifications"):
        _restrict(table, "channel", CHANNELS[:2])
