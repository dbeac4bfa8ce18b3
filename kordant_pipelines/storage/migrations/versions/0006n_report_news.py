"""Notifications that tell of a report"""

import sqlalchemy as sa
from alembic import op

revision = "0006n"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("notifications", "alert_id", nullable=True)
    op.add_column("notifications", sa.Column("report_id", sa.String(length=40), nullable=True))
    op.create_foreign_key(
        op.f("fk_notifications_report_id"),
        "notifications",
        "reports",
        ["report_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_index(
        op.f("ix_notifications_report_id"), "notifications", ["report_id"], unique=False
    )
    op.create_check_constraint(
        op.f("ck_notifications_subject"), "notifications", "num_nonnulls(alert_id, report_id) = 1"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_notifications_subject"), "notifications")
    op.execute("DELETE FROM notifications WHERE alert_id IS NULL")
    op.drop_column("notifications", "report_id")
    op.alter_column("notifications", "alert_id", nullable=False)
