"""The outbox: what is to be told, written in the transaction that found it."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from kordant_pipelines.storage.models.base import Base, Id, Moment, new_id, stored_enum
from kordant_pipelines.storage.models.users import Channel


class NotificationStatus(StrEnum):
    """Where a notification stands."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"


class NotificationRow(Base):
    """One alert, or the news that a report is ready, to one contact point.

    `dedupe_key` is unique.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        Index(
            "ix_notifications_pending", "created_at", postgresql_where=text("status = 'pending'")
        ),
        CheckConstraint("num_nonnulls(alert_id, report_id) = 1", name="subject"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id("ntf"))
    alert_id: Mapped[str | None] = mapped_column(
        ForeignKey("alerts.id", ondelete="CASCADE"), index=True
    )
    report_id: Mapped[str | None] = mapped_column(
        ForeignKey("reports.id", ondelete="CASCADE"), index=True
    )
    contact_point_id: Mapped[str] = mapped_column(
        ForeignKey("contact_points.id", ondelete="CASCADE"), index=True
    )
    channel: Mapped[Channel] = mapped_column(stored_enum(Channel))
    dedupe_key: Mapped[str] = mapped_column(String(120), unique=True)
    status: Mapped[NotificationStatus] = mapped_column(stored_enum(NotificationStatus))
    created_at: Mapped[Moment]
