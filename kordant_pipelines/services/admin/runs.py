"""What the admin's services ask of the job-status record, which is Dagster's."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from kordant_pipelines.domain.job_status import RunPhase
from kordant_pipelines.domain.jobs import Job


@dataclass(frozen=True, slots=True)
class RunState:
    """Where a run stands, in one row of the record."""

    run_id: str
    phase: RunPhase
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class HandRun:
    """A run that the calendar does not know yet: one launched in Dagster's own UI."""

    state: RunState
    job: Job
    subscription_id: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    steps_succeeded: int
    steps_failed: int
    last_message: str | None


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run says of itself: counts and sentences by name, and why it failed."""

    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    notes: Mapping[str, str] = field(default_factory=dict[str, str])
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """When a part of the system was last heard of."""

    name: str
    at: datetime


class RunRecord(Protocol):
    """The job-status record, read and told to cancel."""

    def by_keys(self, keys: Collection[str]) -> Mapping[str, RunState]:
        """The newest run of each of these owed runs, by `Owed.key`, if there is one."""
        ...

    def by_ids(self, run_ids: Collection[str]) -> Mapping[str, RunState]:
        """These runs, by id."""
        ...

    def key_of(self, run_id: str) -> str | None:
        """The key of what owed a run, or None if nothing did or there is no such run."""
        ...

    def by_hand(self, run_id: str) -> HandRun | None:
        """A run of a subscription, whoever launched it, or None if it is none."""
        ...

    def progress(self, run_id: str) -> Progress:
        """How far a run is."""
        ...

    def result(self, run_id: str) -> RunResult:
        """What an ended run says of itself."""
        ...

    def cancel(self, run_id: str) -> bool:
        """Stop a run; False if it cannot be."""
        ...

    def heartbeats(self) -> Sequence[Heartbeat]:
        """When each daemon was last heard of."""
        ...
