"""Subscriptions, and the identifiers each of them watches."""

from sqlalchemy import ForeignKey, String, text
from sqlalchemy import Index as TableIndex
from sqlalchemy.orm import Mapped, mapped_column

from kordant_pipelines.domain.identifiers import IdentifierKind
from kordant_pipelines.domain.subscriptions import SubscriptionStatus, Tier
from kordant_pipelines.storage.models.base import (
    Base,
    Id,
    Index,
    Moment,
    Sealed,
    new_id,
    stored_enum,
)


class SubscriptionRow(Base):
    """What a customer bought. Its id is its Dagster partition key."""

    __tablename__ = "subscriptions"
    __table_args__ = (TableIndex("ix_subscriptions_status_tier", "status", "tier"),)

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id("sub"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    external_ref: Mapped[str] = mapped_column(String(64), unique=True)
    tier: Mapped[Tier] = mapped_column(stored_enum(Tier))
    status: Mapped[SubscriptionStatus] = mapped_column(stored_enum(SubscriptionStatus))
    include_unverified: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Moment]
    cancelled_at: Mapped[Moment | None]


class WatchItemRow(Base):
    """An identifier to look for. Removing it keeps the row, so that what it found stays told."""

    __tablename__ = "watch_items"
    __table_args__ = (
        TableIndex(
            "uq_watch_items_live",
            "subscription_id",
            "kind",
            "value_index",
            unique=True,
            postgresql_where=text("removed_at IS NULL"),
        ),
    )

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id("itm"))
    subscription_id: Mapped[str] = mapped_column(
        ForeignKey("subscriptions.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[IdentifierKind] = mapped_column(stored_enum(IdentifierKind))
    value_sealed: Mapped[Sealed]
    value_index: Mapped[Index] = mapped_column(index=True)
    created_at: Mapped[Moment]
    removed_at: Mapped[Moment | None]
