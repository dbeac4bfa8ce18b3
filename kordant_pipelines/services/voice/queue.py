"""Voice jobs as a queue: taken by one worker at a time, under a lease that ends by itself.

An open job may be taken from `due_at` on. Taking one puts `due_at` off by the lease, so that what
a killed worker held comes up again without anybody noticing the kill.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.subscriptions import SubscriptionStatus
from kordant_pipelines.domain.voice.work import ATTEMPTS, LEASE, Task, VoiceState, backoff
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import SubscriptionRow, VoiceJobRow

OPEN = (VoiceState.PENDING, VoiceState.RUNNING)
GAVE_UP = "gave_up"
"""Why a job failed that was taken `ATTEMPTS` times and never came to an end."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job in our hands. `lease` proves it."""

    job_id: str
    task: Task
    voice_id: str | None
    lease: str
    created_at: datetime


class VoiceQueue:
    """The voice jobs of one domain database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def due(self, now: datetime, *, after: str, limit: int) -> Sequence[str]:
        """Active subscriptions with a job that may be taken; see `PendingWork`."""
        with self._database.transaction() as session:
            return session.scalars(
                select(VoiceJobRow.subscription_id)
                .join(SubscriptionRow, SubscriptionRow.id == VoiceJobRow.subscription_id)
                .where(
                    SubscriptionRow.status == SubscriptionStatus.ACTIVE,
                    VoiceJobRow.subscription_id > after,
                    _claimable(now),
                )
                .distinct()
                .order_by(VoiceJobRow.subscription_id)
                .limit(limit)
            ).all()

    def claim(
        self, subscription_id: str, *, lease: str, run_id: str, limit: int
    ) -> Sequence[Claim]:
        """Take jobs, enrolments before the analyses that may need them.

        One taken too often without an end has failed: its recording may be what ends workers.
        """
        now = self._clock()
        enrolments_first = case((VoiceJobRow.task == Task.ENROL, 0), else_=1)
        with self._database.transaction() as session:
            rows = session.scalars(
                select(VoiceJobRow)
                .where(VoiceJobRow.subscription_id == subscription_id, _claimable(now))
                .order_by(enrolments_first, VoiceJobRow.created_at, VoiceJobRow.id)
                .limit(limit)
                .with_for_update(skip_locked=True)
            ).all()
            claims: list[Claim] = []
            for row in rows:
                row.run_id = run_id
                if row.attempts >= ATTEMPTS:
                    row.state, row.failure = VoiceState.FAILED, GAVE_UP
                    row.lease, row.ended_at = None, now
                    continue
                row.state, row.attempts = VoiceState.RUNNING, row.attempts + 1
                row.lease, row.due_at = lease, now + LEASE
                claims.append(Claim(row.id, row.task, row.voice_id, lease, row.created_at))
            return claims

    def extend(self, lease: str) -> None:
        """Hold what is still in our hands for another lease."""
        with self._database.transaction() as session:
            session.execute(
                update(VoiceJobRow)
                .where(VoiceJobRow.lease == lease, VoiceJobRow.state == VoiceState.RUNNING)
                .values(due_at=self._clock() + LEASE)
            )

    def put_off(self, claim: Claim, reason: str) -> VoiceState | None:
        """Try again later what was not done for `reason`; the state it then has, None if lost."""
        now = self._clock()
        with self._database.transaction() as session:
            row = held(session, claim)
            if row is None:
                return None
            wait = backoff(row.attempts)
            row.lease, row.failure = None, reason
            if wait is None:
                row.state, row.ended_at = VoiceState.FAILED, now
            else:
                row.state, row.due_at = VoiceState.PENDING, now + wait
            return row.state

    def retry_failed(self, subscription_id: str) -> int:
        """Owe anew the jobs that failed; return how many."""
        now = self._clock()
        with self._database.transaction() as session:
            return len(
                session.scalars(
                    update(VoiceJobRow)
                    .where(
                        VoiceJobRow.subscription_id == subscription_id,
                        VoiceJobRow.state == VoiceState.FAILED,
                    )
                    .values(
                        state=VoiceState.PENDING,
                        attempts=0,
                        due_at=now,
                        ended_at=None,
                        failure=None,
                    )
                    .returning(VoiceJobRow.id)
                ).all()
            )


def held(session: Session, claim: Claim) -> VoiceJobRow | None:
    """The job's row, locked, if it is still in our hands; None if the lease ran out and it is not.

    What is written in the same transaction is written once: whoever lost a job writes nothing.
    """
    row = session.get(VoiceJobRow, claim.job_id, with_for_update=True, populate_existing=True)
    if row is None or row.state is not VoiceState.RUNNING or row.lease != claim.lease:
        return None
    return row


def end(row: VoiceJobRow, state: VoiceState, now: datetime) -> None:
    """Bring a held job to its end."""
    row.state, row.ended_at = state, now
    row.lease = row.failure = None


def _claimable(now: datetime) -> ColumnElement[bool]:
    enrolment = aliased(VoiceJobRow)
    awaited = exists().where(
        enrolment.subscription_id == VoiceJobRow.subscription_id,
        enrolment.task == Task.ENROL,
        enrolment.state.in_(OPEN),
    )
    return and_(
        VoiceJobRow.state.in_(OPEN),
        VoiceJobRow.due_at <= now,
        or_(VoiceJobRow.task == Task.ENROL, ~awaited),
    )
