"""Data brokers, and the requests to have customers' profiles removed by them."""

from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kordant_pipelines.domain.coverage import Outcome
from kordant_pipelines.domain.removals.clocks import Regime
from kordant_pipelines.domain.removals.replies import MailKind
from kordant_pipelines.domain.removals.states import Event, State
from kordant_pipelines.domain.removals.troubles import Part
from kordant_pipelines.storage.models.base import Base, Id, Moment, Sealed, new_id, stored_enum


class TaskKind(StrEnum):
    """What a person is asked to do."""

    FILE = "file"  # the customer files the request, along the broker's steps
    LOOK = "look"  # the customer says whether the profile is still there
    COMPLAIN = "complain"  # the customer may complain to the authority
    REVIEW = "review"  # an operator reads what no rule understood, or mends what failed


class BrokerRow(Base):
    """A broker as the registry last described it; `facts` is a `domain.removals.brokers.Broker`.

    One that left the registry is retired, not deleted: its requests stay.
    """

    __tablename__ = "brokers"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    facts: Mapped[dict[str, object]] = mapped_column(JSONB)
    fingerprint: Mapped[str] = mapped_column(String(64))
    changed_at: Mapped[Moment]
    retired_at: Mapped[Moment | None]


class BrokerTroubleRow(Base):
    """What of a broker does not work, for all customers; see `domain.removals.troubles`."""

    __tablename__ = "broker_troubles"

    broker: Mapped[str] = mapped_column(String(40), primary_key=True)
    part: Mapped[Part] = mapped_column(stored_enum(Part), primary_key=True)
    reason: Mapped[str] = mapped_column(String(64))
    since: Mapped[Moment]
    last_at: Mapped[Moment]
    times: Mapped[int]
    try_at: Mapped[Moment]


class RemovalProfileRow(Base):
    """Whom a subscription's removals are for, and when the customer authorised them.

    `profile_sealed` holds `services.removals.profiles.Profile` as JSON.
    """

    __tablename__ = "removal_profiles"

    subscription_id: Mapped[str] = mapped_column(
        ForeignKey("subscriptions.id", ondelete="CASCADE"), primary_key=True
    )
    profile_sealed: Mapped[Sealed]
    authorised_at: Mapped[Moment]


class RemovalRequestRow(Base):
    """One generation of a request: the natural key holds it single.

    The columns are those of `domain.removals.requests.Request`. `next_at` is when its next step is
    due, null once a later generation replaced it. `profile_sealed` and `link_sealed` are the
    profile's address and the confirmation link.
    """

    __tablename__ = "removal_requests"
    __table_args__ = (
        UniqueConstraint("subscription_id", "broker_key", "generation"),
        Index("ix_removal_requests_due", "next_at", postgresql_where=text("next_at IS NOT NULL")),
        Index(
            "uq_removal_requests_live",
            "subscription_id",
            "broker_key",
            unique=True,
            postgresql_where=text("next_at IS NOT NULL"),
        ),
    )

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id("rrq"))
    subscription_id: Mapped[str] = mapped_column(ForeignKey("subscriptions.id", ondelete="CASCADE"))
    broker_key: Mapped[str] = mapped_column(ForeignKey("brokers.key"), index=True)
    generation: Mapped[int]
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    regime: Mapped[Regime] = mapped_column(stored_enum(Regime))
    state: Mapped[State] = mapped_column(stored_enum(State))
    state_since: Mapped[Moment]
    next_at: Mapped[Moment | None]
    submitted_at: Mapped[Moment | None]
    overdue_at: Mapped[Moment | None]
    acknowledged: Mapped[bool] = mapped_column(default=False)
    extended: Mapped[bool] = mapped_column(default=False)
    attempts: Mapped[int] = mapped_column(default=0)
    listed: Mapped[bool | None]
    looked_at: Mapped[Moment | None]
    failures: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[Moment | None]
    asked_at: Mapped[Moment | None]
    customer_saw: Mapped[bool | None]
    on_its_own: Mapped[bool] = mapped_column(default=False)
    profile_sealed: Mapped[bytes | None]
    link_sealed: Mapped[bytes | None]
    created_at: Mapped[Moment]


class RemovalTransitionRow(Base):
    """One transition.

    That REMOVED comes from a look alone, and a look from a run, is the database's rule as well.
    """

    __tablename__ = "removal_transitions"
    __table_args__ = (
        CheckConstraint("to_state <> 'removed' OR event = 'look_clear'", name="removed_is_seen"),
        CheckConstraint(
            "event NOT IN ('look_clear', 'look_listed') OR run_id <> 'by_hand'",
            name="looks_are_ours",
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    request_id: Mapped[str] = mapped_column(
        ForeignKey("removal_requests.id", ondelete="CASCADE"), index=True
    )
    from_state: Mapped[State] = mapped_column(stored_enum(State, "from_state"))
    event: Mapped[Event] = mapped_column(stored_enum(Event))
    to_state: Mapped[State] = mapped_column(stored_enum(State, "to_state"))
    at: Mapped[Moment]
    run_id: Mapped[str] = mapped_column(String(64), index=True)
    reason: Mapped[str | None] = mapped_column(String(64))


class RemovalMailRow(Base):
    """A mail that belongs to a request, by its Message-ID's digest; its text is not kept."""

    __tablename__ = "removal_mails"
    __table_args__ = (UniqueConstraint("message_digest", "request_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    message_digest: Mapped[bytes]
    request_id: Mapped[str] = mapped_column(
        ForeignKey("removal_requests.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[MailKind] = mapped_column(stored_enum(MailKind))
    attempt: Mapped[int | None]
    received_at: Mapped[Moment]
    read_at: Mapped[Moment]


class RemovalMailboxRow(Base):
    """How far the one inbox was read, and when it last was to its end."""

    __tablename__ = "removal_mailboxes"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    uid_validity: Mapped[int] = mapped_column(BigInteger)
    last_uid: Mapped[int] = mapped_column(BigInteger)
    read_at: Mapped[Moment | None]


class RemovalTaskRow(Base):
    """What a person is asked to do for a request; of each kind one at a time is open.

    `told_at` is when an alert last told the customer of it.
    """

    __tablename__ = "removal_tasks"
    __table_args__ = (
        Index(
            "uq_removal_tasks_open",
            "request_id",
            "kind",
            unique=True,
            postgresql_where=text("done_at IS NULL"),
        ),
    )

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id("rtk"))
    request_id: Mapped[str] = mapped_column(ForeignKey("removal_requests.id", ondelete="CASCADE"))
    kind: Mapped[TaskKind] = mapped_column(stored_enum(TaskKind))
    reason: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[Moment]
    told_at: Mapped[Moment | None]
    done_at: Mapped[Moment | None]


class BrokerCoverageRow(Base):
    """What became of the look at one broker in a run; `as_of` is when what we rely on was seen."""

    __tablename__ = "broker_coverage"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    scan_id: Mapped[int] = mapped_column(ForeignKey("scans.id", ondelete="CASCADE"), index=True)
    broker_key: Mapped[str] = mapped_column(ForeignKey("brokers.key"))
    outcome: Mapped[Outcome] = mapped_column(stored_enum(Outcome))
    reason: Mapped[str | None] = mapped_column(String(64))
    as_of: Mapped[Moment | None]
