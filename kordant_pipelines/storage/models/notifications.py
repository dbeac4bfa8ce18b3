"""The outbox: what is to be told, written in the transaction that found it."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from kordant_pipelines.domain.channels import Channel
from kordant_pipelines.domain.notices import SubjectKind
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.storage.models.base import Base, Id, Moment, Sealed, new_id, stored_enum


class NotificationStatus(StrEnum):
    """Where a notification stands. What is wrong with a failed one is its `reason`."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"  # the customer does not want it, or its address is suppressed
    UNCONFIRMED = "unconfirmed"  # it may have been sent, and nobody can tell


class NotificationRow(Base):
    """One subject to one contact point; `dedupe_key` is unique.

    An alert's facts are its own; of any other subject they are here. `not_before` is when it may
    be looked at next, `delivery_id` the message that carries it once one was rendered.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        Index(
            "ix_notifications_due",
            "subscription_id",
            "not_before",
            postgresql_where=text("status = 'pending' AND delivery_id IS NULL"),
        ),
        CheckConstraint("num_nonnulls(alert_id, facts_sealed) = 1", name="facts"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id("ntf"))
    subscription_id: Mapped[str] = mapped_column(ForeignKey("subscriptions.id", ondelete="CASCADE"))
    subject: Mapped[SubjectKind] = mapped_column(stored_enum(SubjectKind))
    alert_id: Mapped[str | None] = mapped_column(
        ForeignKey("alerts.id", ondelete="CASCADE"), index=True
    )
    severity: Mapped[Severity] = mapped_column(stored_enum(Severity))
    facts_sealed: Mapped[Sealed | None]
    contact_point_id: Mapped[str] = mapped_column(
        ForeignKey("contact_points.id", ondelete="CASCADE"), index=True
    )
    channel: Mapped[Channel] = mapped_column(stored_enum(Channel))
    dedupe_key: Mapped[str] = mapped_column(String(300), unique=True)
    status: Mapped[NotificationStatus] = mapped_column(stored_enum(NotificationStatus))
    reason: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[Moment]
    not_before: Mapped[Moment]
    delivery_id: Mapped[str | None] = mapped_column(
        ForeignKey("deliveries.id", ondelete="SET NULL"), index=True
    )
