"""Workers and what they hold, and which tasks were ever begun."""

from sqlalchemy import String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from kordant_pipelines.storage.models.base import Base, Moment


class WorkerRow(Base):
    """A worker process; `tasks` is what it had taken from the broker and not ended at its beat."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    slots: Mapped[int]
    started_at: Mapped[Moment]
    beat_at: Mapped[Moment]
    tasks: Mapped[list[str]] = mapped_column(ARRAY(String(64)))


class TaskClaimRow(Base):
    """A task that a worker began: the key lets a task that is delivered twice run once."""

    __tablename__ = "task_claims"

    task_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    claimed_at: Mapped[Moment] = mapped_column(index=True)
