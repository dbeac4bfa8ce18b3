"""Counters that are kept rather than counted, and what operators are told."""

from sqlalchemy import BigInteger, Identity, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from kordant_pipelines.domain.calendar.owed import State
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.monitoring import Measure
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.storage.models.base import Base, Moment, stored_enum


class RunTotalRow(Base):
    """How many runs ever ended in a state; written with the settlement that tells of them."""

    __tablename__ = "run_totals"

    job: Mapped[Job] = mapped_column(stored_enum(Job), primary_key=True)
    tier: Mapped[Tier] = mapped_column(stored_enum(Tier), primary_key=True)
    state: Mapped[State] = mapped_column(stored_enum(State), primary_key=True)
    runs: Mapped[int] = mapped_column(BigInteger)


class RunTimingRow(Base):
    """A bucket of a histogram: runs that took at most `bound` seconds and more than the last."""

    __tablename__ = "run_timings"

    job: Mapped[Job] = mapped_column(stored_enum(Job), primary_key=True)
    tier: Mapped[Tier] = mapped_column(stored_enum(Tier), primary_key=True)
    measure: Mapped[Measure] = mapped_column(stored_enum(Measure), primary_key=True)
    bound: Mapped[float] = mapped_column(primary_key=True)
    runs: Mapped[int] = mapped_column(BigInteger)
    seconds: Mapped[float]


class HealthConditionRow(Base):
    """A condition that operators hear of when it arises and when it is over.

    `calm_since` is since when a raised one's value has been well under its limit.
    """

    __tablename__ = "health_conditions"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    raised_at: Mapped[Moment | None]
    calm_since: Mapped[Moment | None]


class OperatorNoticeRow(Base):
    """What operators are to be told; `dedupe_key` makes each turn of a condition one notice."""

    __tablename__ = "operator_notices"
    __table_args__ = (
        Index("ix_operator_notices_unsent", "id", postgresql_where=text("sent_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    dedupe_key: Mapped[str] = mapped_column(String(120), unique=True)
    condition: Mapped[str] = mapped_column(String(64))
    raised: Mapped[bool]
    message: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[Moment]
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0, server_default=text("0"))
    sent_at: Mapped[Moment | None]
