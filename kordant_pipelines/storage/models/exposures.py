"""Identifiers found in breaches."""

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from kordant_pipelines.domain.breaches import Source
from kordant_pipelines.storage.models.base import Base, Moment, Texts, stored_enum


class ExposureRow(Base):
    """One identifier in one breach at one source: the natural key holds it single.

    `alerted_classes` are the kinds of data its owner was told of; `cleared_at` is set when the
    source, successfully asked, no longer lists it.
    """

    __tablename__ = "exposures"
    __table_args__ = (
        UniqueConstraint("item_id", "source", "breach_key"),
        ForeignKeyConstraint(["source", "breach_key"], ["breaches.source", "breaches.key"]),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    subscription_id: Mapped[str] = mapped_column(
        ForeignKey("subscriptions.id", ondelete="CASCADE"), index=True
    )
    item_id: Mapped[str] = mapped_column(ForeignKey("watch_items.id", ondelete="CASCADE"))
    source: Mapped[Source] = mapped_column(stored_enum(Source))
    breach_key: Mapped[str] = mapped_column(String(200))
    data_classes: Mapped[Texts]
    alerted_classes: Mapped[Texts]
    first_seen_at: Mapped[Moment]
    last_seen_at: Mapped[Moment]
    cleared_at: Mapped[Moment | None]
    first_run_id: Mapped[str] = mapped_column(String(64))
    last_run_id: Mapped[str] = mapped_column(String(64))
