"""A job as the admin sees it: a run that was owed, and all its attempts, under one status."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kordant_pipelines.domain.calendar.owed import State


class JobStatus(StrEnum):
    """Where the whole job stands. DROPPED never ran, and is owed no more."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    DROPPED = "dropped"


class PendingWhy(StrEnum):
    """What a pending job waits for."""

    TIME = "time"
    RETRY = "retry"
    ROOM = "room"
    LAUNCH = "launch"
    WORKER = "worker"


class RunPhase(StrEnum):
    """A run of Dagster's, as far as a status tells it apart."""

    WAITING = "waiting"
    STARTED = "started"
    CANCELING = "canceling"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def has_ended(self) -> bool:
        """Whether it is over."""
        return self in {RunPhase.SUCCEEDED, RunPhase.FAILED, RunPhase.CANCELED}


STATES: dict[JobStatus, tuple[State, ...]] = {
    JobStatus.PENDING: (State.OWED, State.DISPATCHED),
    JobStatus.RUNNING: (State.DISPATCHED,),
    JobStatus.COMPLETED: (State.SUCCEEDED,),
    JobStatus.FAILED: (State.DEAD, State.CANCELLED),
    JobStatus.DROPPED: (State.DROPPED, State.SUPERSEDED),
}
"""The states of the present attempt in which a job can have a status."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A status; for a pending job also what it waits for, and until when if that is known."""

    status: JobStatus
    why: PendingWhy | None = None
    until: datetime | None = None


def standing_of(
    state: State, *, attempt: int, due_at: datetime, phase: RunPhase | None, now: datetime
) -> Standing:
    """The status of a job whose present attempt is `attempt`, with its run at `phase`, if any.

    A run that has ended and was not settled yet is still running: whether it is tried again is
    decided, within some seconds, by its settlement.
    """
    for status in (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.DROPPED):
        if state in STATES[status]:
            return Standing(status)
    if state is State.DISPATCHED:
        if phase is None:
            return Standing(JobStatus.PENDING, PendingWhy.LAUNCH)
        if phase is RunPhase.WAITING:
            return Standing(JobStatus.PENDING, PendingWhy.WORKER)
        return Standing(JobStatus.RUNNING)
    if due_at <= now:
        return Standing(JobStatus.PENDING, PendingWhy.ROOM)
    return Standing(JobStatus.PENDING, PendingWhy.RETRY if attempt else PendingWhy.TIME, due_at)
