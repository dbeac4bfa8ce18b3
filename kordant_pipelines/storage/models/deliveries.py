"""Messages rendered for a contact point, what became of each, and addresses not to send to."""

from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint, text
from sqlalchemy import Index as TableIndex
from sqlalchemy.orm import Mapped, mapped_column

from kordant_pipelines.domain.channels import Channel, SuppressionReason
from kordant_pipelines.storage.models.base import (
    Base,
    Id,
    Index,
    Moment,
    Sealed,
    new_id,
    stored_enum,
)


class DeliveryStatus(StrEnum):
    """Where a message stands.

    The first four are open. Only from `sending` on may the provider have it: a worker killed
    before left nothing behind, one killed in it left a doubt.
    """

    READY = "ready"
    CLAIMED = "claimed"
    SENDING = "sending"
    UNKNOWN = "unknown"  # the provider may have it; it is to be asked
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"  # it may have it, and cannot be asked: never sent again by itself


OPEN = (
    DeliveryStatus.READY,
    DeliveryStatus.CLAIMED,
    DeliveryStatus.SENDING,
    DeliveryStatus.UNKNOWN,
)


class DeliveryRow(Base):
    """One message, rendered once: `payload_sealed` is what goes to the provider at every attempt.

    `next_at` is when someone must look at an open one again; a claim's is the end of its lease.
    `in_doubt_since` is when the provider was first handed what it may or may not have.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("provider", "provider_id"),
        TableIndex(
            "ix_deliveries_due",
            "subscription_id",
            "next_at",
            postgresql_where=text("next_at IS NOT NULL"),
        ),
    )

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id("dlv"))
    subscription_id: Mapped[str] = mapped_column(ForeignKey("subscriptions.id", ondelete="CASCADE"))
    contact_point_id: Mapped[str] = mapped_column(
        ForeignKey("contact_points.id", ondelete="CASCADE"), index=True
    )
    channel: Mapped[Channel] = mapped_column(stored_enum(Channel))
    provider: Mapped[str] = mapped_column(String(32))
    payload_sealed: Mapped[Sealed]
    status: Mapped[DeliveryStatus] = mapped_column(stored_enum(DeliveryStatus))
    reason: Mapped[str | None] = mapped_column(String(64))
    attempts: Mapped[int] = mapped_column(default=0)
    claim: Mapped[str | None] = mapped_column(String(40))
    next_at: Mapped[Moment | None]
    in_doubt_since: Mapped[Moment | None]
    provider_id: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[Moment]
    sent_at: Mapped[Moment | None]
    run_id: Mapped[str] = mapped_column(String(64), index=True)


class SuppressionRow(Base):
    """An address that is not sent to, as the blind index of its contact points: not the address.

    It outlives its owner's data, so that who is erased is not written to again.
    """

    __tablename__ = "suppressions"

    channel: Mapped[Channel] = mapped_column(stored_enum(Channel), primary_key=True)
    value_index: Mapped[Index] = mapped_column(primary_key=True)
    reason: Mapped[SuppressionReason] = mapped_column(stored_enum(SuppressionReason))
    since: Mapped[Moment]
