"""The breach catalogue: what sources published, and which version of it we hold."""

from datetime import date

from sqlalchemy import BigInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kordant_pipelines.domain.breaches import Breach, DatePrecision, Source
from kordant_pipelines.storage.models.base import Base, Moment, Texts, stored_enum


class BreachRow(Base):
    """A breach as one source describes it. `description` is sanitised HTML."""

    __tablename__ = "breaches"

    source: Mapped[Source] = mapped_column(stored_enum(Source), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    title: Mapped[str] = mapped_column(String(300))
    data_classes: Mapped[Texts]
    breach_date: Mapped[date | None]
    date_precision: Mapped[DatePrecision] = mapped_column(stored_enum(DatePrecision))
    added_at: Mapped[Moment | None]
    modified_at: Mapped[Moment | None]
    domain: Mapped[str] = mapped_column(String(255), default="")
    pwn_count: Mapped[int | None] = mapped_column(BigInteger)
    description: Mapped[str] = mapped_column(Text, default="")
    is_verified: Mapped[bool]
    is_fabricated: Mapped[bool]
    is_sensitive: Mapped[bool]
    is_retired: Mapped[bool]
    is_spam_list: Mapped[bool]
    is_malware: Mapped[bool]
    is_stealer_log: Mapped[bool]

    def to_domain(self) -> Breach:
        """The breach as the rules know it."""
        return Breach(
            **{
                name: getattr(self, name)
                for name in Breach.__dataclass_fields__
                if name != "data_classes"
            },
            data_classes=frozenset(self.data_classes),
        )


class CatalogueRow(Base):
    """The state of a source's catalogue. `version` grows when an answer could have changed."""

    __tablename__ = "breach_catalogues"

    source: Mapped[Source] = mapped_column(stored_enum(Source), primary_key=True)
    version: Mapped[int]
    fingerprint: Mapped[str] = mapped_column(String(64))
    breaches: Mapped[int]
    refreshed_at: Mapped[Moment]
    changed_at: Mapped[Moment]
