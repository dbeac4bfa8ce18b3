"""What the admin asked for under an idempotency key, so that asking again does nothing more."""

from sqlalchemy import String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kordant_pipelines.storage.models.base import Base, Index, Moment


class AdminRequestRow(Base):
    """One request; `fingerprint` is of what was asked, `job_ids` what it came to."""

    __tablename__ = "admin_requests"

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    operation: Mapped[str] = mapped_column(String(32))
    fingerprint: Mapped[Index]
    actor: Mapped[str] = mapped_column(String(80))
    job_ids: Mapped[list[int]] = mapped_column(JSONB)
    created_at: Mapped[Moment]
