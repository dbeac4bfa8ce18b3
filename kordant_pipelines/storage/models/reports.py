"""Reports: that they were made, and where their encrypted documents lie."""

from datetime import date

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kordant_pipelines.domain.reports.periods import ReportKind
from kordant_pipelines.storage.models.base import Base, Id, Moment, new_id, stored_enum


class ReportRow(Base):
    """One report of one period: the unique key holds it single, whoever generates when.

    `checksum` is the SHA-256 (hex) of the PDF and `size` its bytes, before encryption. Where its
    ciphertext lies in the store follows from the key. `first_day` to `last_day` are the days it
    covers.
    """

    __tablename__ = "reports"
    __table_args__ = (UniqueConstraint("subscription_id", "kind", "period"),)

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id("rpt"))
    subscription_id: Mapped[str] = mapped_column(ForeignKey("subscriptions.id", ondelete="CASCADE"))
    kind: Mapped[ReportKind] = mapped_column(stored_enum(ReportKind))
    period: Mapped[str] = mapped_column(String(10))
    first_day: Mapped[date]
    last_day: Mapped[date]
    checksum: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    pages: Mapped[int]
    created_at: Mapped[Moment]
    run_id: Mapped[str] = mapped_column(String(64), index=True)
