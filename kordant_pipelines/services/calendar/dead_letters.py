"""Runs that failed for good: those that somebody must still look at, and starting them anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, String, cast, exists, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from kordant_pipelines.domain.calendar.owed import Failure, Reason, State, priority_of
from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.errors import RefusedInput
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import SubscriptionStatus, Tier
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import OwedRunRow, SubscriptionRow

_REPLAY = "replay/"
_NEVER_BEGUN = (State.DROPPED, State.SUPERSEDED)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A run that failed for good; `run_id` is that of its last attempt, whose record says why."""

    id: int
    job: Job
    subscription_id: str
    tier: Tier
    slot: str
    failure: Failure
    attempts: int
    run_id: str
    failed_at: datetime

    def as_record(self) -> dict[str, object]:
        """The letter for a program to read."""
        return {
            "id": self.id,
            "job": self.job,
            "subscription": self.subscription_id,
            "tier": self.tier,
            "slot": self.slot,
            "failure": self.failure,
            "attempts": self.attempts,
            "run_id": self.run_id,
            "failed_at": self.failed_at.isoformat(),
        }


class DeadLetters:
    """The dead letters of one domain database.

    One is settled, and no longer listed, once a later run of its job for its subscription
    succeeded, it was replayed, or the subscription is not active any more.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def list(self, *, job: Job | None = None, limit: int | None = 100) -> Sequence[DeadLetter]:
        """Those still open, oldest first."""
        with self._database.transaction() as session:
            return [_letter(row) for row in _open(session, job, limit)]

    def replay(self, ids: Sequence[int]) -> int:
        """Owe these dead letters' runs anew, now, with all their retries; return how many.

        Repeating it owes nothing more.

        Raises:
            RefusedInput: one is not an open dead letter; none was replayed.
        """
        with self._database.transaction() as session:
            return len(self.replay_in(session, ids))

    def replay_in(self, session: Session, ids: Sequence[int]) -> Sequence[int]:
        """As `replay`, in a transaction that is under way; the ids of the new runs' rows."""
        rows = _open(session, None, None, OwedRunRow.id.in_(ids))
        unknown = sorted(set(ids) - {row.id for row in rows})
        if unknown:
            raise RefusedInput(
                f"{', '.join(map(str, unknown))}: no open dead letter has this id; nothing was "
                "replayed. List them with: kordant jobs dead-letters"
            )
        now = self._clock()
        return [owe_replay(session, row, now) for row in rows]

    def count_in(self, session: Session) -> int:
        """How many are open, in a transaction that is under way."""
        letters = _open_letters().with_only_columns(func.count(), maintain_column_froms=True)
        return session.scalar(letters) or 0


def _open(
    session: Session, job: Job | None, limit: int | None, *where: ColumnElement[bool]
) -> Sequence[OwedRunRow]:
    statement = (
        _open_letters().where(*where).order_by(OwedRunRow.ended_at, OwedRunRow.id).limit(limit)
    )
    if job is not None:
        statement = statement.where(OwedRunRow.job == job)
    return session.scalars(statement).all()


def _open_letters() -> Select[OwedRunRow]:
    later, replay = aliased(OwedRunRow), aliased(OwedRunRow)
    # Not by their ids: those follow the order in which runs came to be owed.
    succeeded = exists().where(
        later.job == OwedRunRow.job,
        later.subscription_id == OwedRunRow.subscription_id,
        later.state == State.SUCCEEDED,
        later.ended_at > OwedRunRow.ended_at,
    )
    replayed = exists().where(
        replay.job == OwedRunRow.job,
        replay.subscription_id == OwedRunRow.subscription_id,
        replay.slot == literal(_REPLAY) + cast(OwedRunRow.id, String),
        replay.state.not_in(_NEVER_BEGUN),
    )
    return (
        select(OwedRunRow)
        .join(SubscriptionRow, SubscriptionRow.id == OwedRunRow.subscription_id)
        .where(
            OwedRunRow.state == State.DEAD,
            SubscriptionRow.status == SubscriptionStatus.ACTIVE,
            ~succeeded,
            ~replayed,
        )
    )


def _letter(row: OwedRunRow) -> DeadLetter:
    if row.failure is None or row.run_id is None or row.ended_at is None:
        raise ValueError(f"owed run {row.id} is dead but does not say how it died")
    return DeadLetter(
        id=row.id,
        job=row.job,
        subscription_id=row.subscription_id,
        tier=row.tier,
        slot=row.slot,
        failure=row.failure,
        attempts=row.attempt + 1,
        run_id=row.run_id,
        failed_at=row.ended_at,
    )


def owe_replay(session: Session, row: OwedRunRow, now: datetime) -> int:
    """Owe a run that failed or was cancelled anew, once; the id of the new run's row."""
    slot = f"{_REPLAY}{row.id}"
    session.execute(
        insert(OwedRunRow)
        .values(
            job=row.job,
            subscription_id=row.subscription_id,
            slot=slot,
            attempt=0,
            reason=Reason.REPLAY,
            tier=row.tier,
            priority=priority_of(row.job, Reason.REPLAY, row.tier),
            due_at=now,
            state=State.OWED,
            root_run_id=row.root_run_id,
            parent_run_id=row.run_id,
            payload=row.payload,
            created_at=now,
        )
        .on_conflict_do_update(
            constraint="uq_owed_runs_job_subscription_id_slot_attempt",
            set_={
                "state": State.OWED,
                "due_at": now,
                "revision": OwedRunRow.revision + 1,
                "run_id": None,
                "dispatched_at": None,
                "ended_at": None,
            },
            where=OwedRunRow.state.in_(_NEVER_BEGUN),
        )
    )
    return session.execute(
        select(OwedRunRow.id).where(
            OwedRunRow.job == row.job,
            OwedRunRow.subscription_id == row.subscription_id,
            OwedRunRow.slot == slot,
            OwedRunRow.attempt == 0,
        )
    ).scalar_one()
