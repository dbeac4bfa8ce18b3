"""The change log: what happened to subscriptions, for whoever must follow."""

from sqlalchemy import BigInteger, Identity, String
from sqlalchemy.orm import Mapped, mapped_column

from kordant_pipelines.domain.subscriptions import Change
from kordant_pipelines.storage.models.base import Base, Moment, stored_enum


class ChangeRow(Base):
    """One change. Ids become visible in ascending order: `services.changes` sees to it."""

    __tablename__ = "change_log"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    subscription_id: Mapped[str] = mapped_column(String(40))
    change: Mapped[Change] = mapped_column(stored_enum(Change))
    changed_at: Mapped[Moment]
