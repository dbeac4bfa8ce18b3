"""Customers, how to reach them, and what they want to hear of."""

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kordant_pipelines.domain.channels import Channel
from kordant_pipelines.domain.sending_times import Wishes
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.storage.models.base import (
    Base,
    Id,
    Index,
    Moment,
    Sealed,
    new_id,
    stored_enum,
)


class UserRow(Base):
    """A customer. Deleting `wrapped_key` erases everything encrypted under it."""

    __tablename__ = "users"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id("usr"))
    name_sealed: Mapped[Sealed]
    locale: Mapped[str] = mapped_column(String(16))
    time_zone: Mapped[str] = mapped_column(String(64))
    wrapped_key: Mapped[bytes]
    master_key_id: Mapped[str] = mapped_column(String(16), index=True)
    created_at: Mapped[Moment]


class ContactPointRow(Base):
    """An address or number a customer is told things at."""

    __tablename__ = "contact_points"
    __table_args__ = (UniqueConstraint("user_id", "channel", "value_index"),)

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id("cp"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    channel: Mapped[Channel] = mapped_column(stored_enum(Channel))
    value_sealed: Mapped[Sealed]
    value_index: Mapped[Index] = mapped_column(index=True)
    created_at: Mapped[Moment]


class PreferenceRow(Base):
    """What a customer wants of a channel: `domain.sending_times.Wishes`."""

    __tablename__ = "notification_preferences"

    user_id: Mapped[str] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    channel: Mapped[Channel] = mapped_column(stored_enum(Channel), primary_key=True)
    min_severity: Mapped[Severity] = mapped_column(stored_enum(Severity))
    immediate_from: Mapped[Severity] = mapped_column(stored_enum(Severity, "immediate_from"))
    digest_hour: Mapped[int]
    quiet_from: Mapped[int | None]
    quiet_until: Mapped[int | None]

    def wishes(self) -> Wishes:
        """The wishes as the rules know them."""
        return Wishes(
            min_severity=self.min_severity,
            immediate_from=self.immediate_from,
            digest_hour=self.digest_hour,
            quiet_from=self.quiet_from,
            quiet_until=self.quiet_until,
        )
