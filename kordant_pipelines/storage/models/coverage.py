"""What scans checked: one row a scan, one a lookup it owed, and the last answer per item."""

from datetime import date

from sqlalchemy import BigInteger, ForeignKey, Identity, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kordant_pipelines.domain.breaches import Source
from kordant_pipelines.domain.coverage import Outcome
from kordant_pipelines.storage.models.base import Base, Moment, stored_enum


class ItemCheckRow(Base):
    """The last answer a source gave about an item. Only an answer writes here, never a failure."""

    __tablename__ = "item_checks"

    item_id: Mapped[str] = mapped_column(
        ForeignKey("watch_items.id", ondelete="CASCADE"), primary_key=True
    )
    source: Mapped[Source] = mapped_column(stored_enum(Source), primary_key=True)
    checked_at: Mapped[Moment]
    catalogue_version: Mapped[int | None]
    run_id: Mapped[str] = mapped_column(String(64))


class ScanRow(Base):
    """One run's scan of one subscription; `complete` if it left nothing unknown."""

    __tablename__ = "scans"
    __table_args__ = (UniqueConstraint("run_id", "subscription_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    run_id: Mapped[str] = mapped_column(String(64))
    subscription_id: Mapped[str] = mapped_column(
        ForeignKey("subscriptions.id", ondelete="CASCADE"), index=True
    )
    job: Mapped[str] = mapped_column(String(64))
    scanned_at: Mapped[Moment]
    complete: Mapped[bool]


class CoverageRow(Base):
    """What became of one item at one source in a scan; `source` is null where none covers it.

    The item is of the scan's job: a watch item, a property. `good_through` is the day up to which
    a lagging source speaks.
    """

    __tablename__ = "scan_coverage"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    scan_id: Mapped[int] = mapped_column(ForeignKey("scans.id", ondelete="CASCADE"), index=True)
    item_id: Mapped[str] = mapped_column(String(40))
    source: Mapped[str | None] = mapped_column(String(32))
    outcome: Mapped[Outcome] = mapped_column(stored_enum(Outcome))
    reason: Mapped[str | None] = mapped_column(String(64))
    as_of: Mapped[Moment | None]
    good_through: Mapped[date | None]
