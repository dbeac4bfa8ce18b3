"""The calendar: every run that is or was owed, and how schedules differ from the tiers' own."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kordant_pipelines.domain.calendar.cadences import Cadence
from kordant_pipelines.domain.calendar.owed import Failure, Owed, Reason, State
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.storage.models.base import Base, Moment, stored_enum


class OwedRunRow(Base):
    """One run that is owed, and what became of it.

    The first unique key is what makes a period owe one run, however often it is opened; the second
    lets pending work of a subscription wait in one run at a time.
    """

    __tablename__ = "owed_runs"
    __table_args__ = (
        UniqueConstraint("job", "subscription_id", "slot", "attempt"),
        Index(
            "uq_owed_runs_pending_work",
            "job",
            "subscription_id",
            unique=True,
            postgresql_where=text("reason = 'pending_work' AND state IN ('owed', 'dispatched')"),
        ),
        Index(
            "ix_owed_runs_owed",
            "priority",
            "due_at",
            "id",
            postgresql_where=text("state = 'owed'"),
        ),
        Index(
            "ix_owed_runs_dispatched",
            "dispatched_at",
            "id",
            postgresql_where=text("state = 'dispatched'"),
        ),
        Index("ix_owed_runs_dead", "ended_at", "id", postgresql_where=text("state = 'dead'")),
        Index("ix_owed_runs_due_at", "due_at"),
        Index("ix_owed_runs_ended_at", "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
        Index(
            "ix_owed_runs_not_done",
            "state",
            "job",
            "id",
            postgresql_where=text("state NOT IN ('succeeded', 'retried')"),
        ),
        Index(
            "ix_owed_runs_succeeded",
            "job",
            "subscription_id",
            "ended_at",
            postgresql_where=text("state = 'succeeded'"),
        ),
        Index(
            "ix_owed_runs_retries",
            "job",
            "tier",
            postgresql_where=text("state = 'owed' AND attempt > 0"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    job: Mapped[Job] = mapped_column(stored_enum(Job))
    subscription_id: Mapped[str] = mapped_column(
        ForeignKey("subscriptions.id", ondelete="CASCADE"), index=True
    )
    slot: Mapped[str] = mapped_column(String(80))
    cadence: Mapped[Cadence | None] = mapped_column(stored_enum(Cadence))
    attempt: Mapped[int] = mapped_column(SmallInteger)
    revision: Mapped[int] = mapped_column(SmallInteger, default=0, server_default=text("0"))
    reason: Mapped[Reason] = mapped_column(stored_enum(Reason))
    tier: Mapped[Tier] = mapped_column(stored_enum(Tier))
    priority: Mapped[int] = mapped_column(SmallInteger)
    due_at: Mapped[Moment]
    state: Mapped[State] = mapped_column(stored_enum(State))
    failure: Mapped[Failure | None] = mapped_column(stored_enum(Failure))
    run_id: Mapped[str | None] = mapped_column(String(64), index=True)
    root_run_id: Mapped[str | None] = mapped_column(String(64))
    parent_run_id: Mapped[str | None] = mapped_column(String(64))
    payload: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[Moment]
    dispatched_at: Mapped[Moment | None]
    ended_at: Mapped[Moment | None]

    def to_domain(self) -> Owed:
        """The owed run as the rules know it."""
        return Owed(**{name: getattr(self, name) for name in Owed.__dataclass_fields__})


class ScheduleConfigRow(Base):
    """How an operator wants a job of a tier to run; no row, or null, means the tier's own way."""

    __tablename__ = "schedule_config"
    __table_args__ = (
        CheckConstraint(
            "window_start >= 0 AND window_start < window_end AND window_end <= 86400",
            name="window",
        ),
    )

    job: Mapped[Job] = mapped_column(stored_enum(Job), primary_key=True)
    tier: Mapped[Tier] = mapped_column(stored_enum(Tier), primary_key=True)
    enabled: Mapped[bool]
    cadence: Mapped[Cadence | None] = mapped_column(stored_enum(Cadence))
    window_start: Mapped[int | None]
    window_end: Mapped[int | None]
    changed_at: Mapped[Moment]


class OpenedPeriodRow(Base):
    """A period that was opened: its runs were owed, in the transaction that wrote this row."""

    __tablename__ = "opened_periods"

    job: Mapped[Job] = mapped_column(stored_enum(Job), primary_key=True)
    tier: Mapped[Tier] = mapped_column(stored_enum(Tier), primary_key=True)
    slot: Mapped[str] = mapped_column(String(80), primary_key=True)
    cadence: Mapped[Cadence] = mapped_column(stored_enum(Cadence))
    starts_at: Mapped[Moment]
    opened_at: Mapped[Moment]
    owed: Mapped[int]
