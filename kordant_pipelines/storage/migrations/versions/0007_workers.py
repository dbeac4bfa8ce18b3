"""Workers' heartbeats, and the tasks they have begun"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "workers",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tasks", postgresql.ARRAY(sa.String(length=64)), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workers")),
    )
    op.create_table(
        "task_claims",
        sa.Column("task_id", sa.String(length=64), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_task_claims")),
    )
    op.create_index(op.f("ix_task_claims_claimed_at"), "task_claims", ["claimed_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_task_claims_claimed_at"), table_name="task_claims")
    op.drop_table("task_claims")
    op.drop_table("workers")
