"""Watched properties, the documents registers hold on them, and what was told of those."""

from datetime import date

from sqlalchemy import BigInteger, ForeignKey, Identity, String, UniqueConstraint, text
from sqlalchemy import Index as TableIndex
from sqlalchemy.orm import Mapped, mapped_column

from kordant_pipelines.domain.parcels import Register
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.domain.title_documents import DocumentKind
from kordant_pipelines.domain.title_judgement import Reason
from kordant_pipelines.storage.models.base import (
    Base,
    Id,
    Index,
    Moment,
    Sealed,
    new_id,
    stored_enum,
)


class PropertyRow(Base):
    """A property to watch. Removing it keeps the row, so that what was found stays told.

    `county` is a code of `domain.parcels`; `parties_sealed` holds the known owners and lenders.
    """

    __tablename__ = "properties"
    __table_args__ = (
        TableIndex(
            "uq_properties_live",
            "subscription_id",
            "parcel_index",
            unique=True,
            postgresql_where=text("removed_at IS NULL"),
        ),
    )

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id("prp"))
    subscription_id: Mapped[str] = mapped_column(
        ForeignKey("subscriptions.id", ondelete="CASCADE"), index=True
    )
    county: Mapped[str] = mapped_column(String(16))
    parcel_sealed: Mapped[Sealed]
    parcel_index: Mapped[Index]
    parties_sealed: Mapped[Sealed]
    created_at: Mapped[Moment]
    removed_at: Mapped[Moment | None]


class PropertyCheckRow(Base):
    """The last whole answer a register gave about a property. Only an answer writes here."""

    __tablename__ = "property_checks"

    property_id: Mapped[str] = mapped_column(
        ForeignKey("properties.id", ondelete="CASCADE"), primary_key=True
    )
    source: Mapped[Register] = mapped_column(stored_enum(Register), primary_key=True)
    checked_at: Mapped[Moment]
    good_through: Mapped[date | None]
    run_id: Mapped[str] = mapped_column(String(64))


class PropertyDocumentRow(Base):
    """One document of one register on a property: the natural key holds it single.

    `facts_sealed` is a `domain.title_documents.Document`; its number is found by `number_index`,
    for in a public register it names the property. `told` is how urgent it was when its owner was
    told of it, null if never; `judged` is why.
    """

    __tablename__ = "property_documents"
    __table_args__ = (UniqueConstraint("property_id", "source", "number_index"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    property_id: Mapped[str] = mapped_column(ForeignKey("properties.id", ondelete="CASCADE"))
    source: Mapped[Register] = mapped_column(stored_enum(Register))
    number_index: Mapped[Index]
    kind: Mapped[DocumentKind] = mapped_column(stored_enum(DocumentKind))
    facts_sealed: Mapped[Sealed]
    good_through: Mapped[date | None]
    baseline: Mapped[bool]
    judged: Mapped[Reason | None] = mapped_column(stored_enum(Reason))
    compared_sealed: Mapped[Sealed | None]
    told: Mapped[Severity | None] = mapped_column(stored_enum(Severity))
    first_seen_at: Mapped[Moment]
    last_seen_at: Mapped[Moment]
    first_run_id: Mapped[str] = mapped_column(String(64))
    last_run_id: Mapped[str] = mapped_column(String(64))


class AlertDocumentRow(Base):
    """Which documents an alert speaks of."""

    __tablename__ = "alert_documents"

    alert_id: Mapped[str] = mapped_column(
        ForeignKey("alerts.id", ondelete="CASCADE"), primary_key=True
    )
    document_id: Mapped[int] = mapped_column(
        ForeignKey("property_documents.id", ondelete="CASCADE"), primary_key=True, index=True
    )
