"""A run that is owed: why, how urgently, what became of it, and whether it is still due."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from kordant_pipelines.domain.calendar.cadences import Cadence
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import SubscriptionStatus, Tier


class Reason(StrEnum):
    """Why a run is owed. A retry keeps the reason of the run it retries."""

    SCHEDULED = "scheduled"
    BASELINE = "baseline"
    PLAN_CHANGED = "plan_changed"
    PENDING_WORK = "pending_work"
    REAL_TIME = "real_time"
    REPLAY = "replay"
    BY_HAND = "by_hand"


class State(StrEnum):
    """What became of it. The first two are open; all others are final."""

    OWED = "owed"
    DISPATCHED = "dispatched"
    SUCCEEDED = "succeeded"
    RETRIED = "retried"
    DEAD = "dead"
    CANCELLED = "cancelled"
    DROPPED = "dropped"
    SUPERSEDED = "superseded"


class Failure(StrEnum):
    """Why a dead letter is one."""

    PERMANENT = "permanent"
    EXHAUSTED = "exhausted"


def priority_of(job: Job, reason: Reason, tier: Tier) -> int:
    """A run's place in the queue, highest first. A run launched by hand without one has 0.

    Whoever waits at a screen or is in danger goes ahead of what merely has to be done today.
    """
    if reason is Reason.REAL_TIME:
        return 30
    if job is Job.NOTIFICATIONS:
        return 20
    if reason in {Reason.BASELINE, Reason.PLAN_CHANGED, Reason.REPLAY, Reason.BY_HAND}:
        return 10
    return {Tier.PREMIUM: -10, Tier.PLUS: -20, Tier.BASIC: -30}[tier]


PRIORITIES: tuple[int, ...] = tuple(
    sorted({priority_of(j, r, t) for j in Job for r in Reason for t in Tier}, reverse=True)
)
"""Every priority there is, highest first."""

SWEEP = -20
"""Up to this priority a run merely has to be done this week or month."""

URGENT = 1
"""From this priority on a run does not wait for room in the queue."""


@dataclass(frozen=True, slots=True)
class Owed:
    """An owed run, as the ledger holds it: ids only.

    `cadence` is None unless a period owes it. `revision` counts how often it was owed anew after
    it had been dropped. `payload` is what its job is told besides, as it came from the admin.
    """

    id: int
    job: Job
    subscription_id: str
    slot: str
    cadence: Cadence | None
    reason: Reason
    tier: Tier
    attempt: int
    priority: int
    due_at: datetime
    revision: int = 0
    root_run_id: str | None = None
    parent_run_id: str | None = None
    payload: Mapping[str, Any] | None = field(default=None, compare=False)

    @property
    def key(self) -> str:
        """What tells its run apart, so that it is launched once: "1234.0"."""
        return f"{self.id}.{self.revision}"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is true of a subscription and a job of it now.

    `cadence` is the job's, None if its tier does not have it or it is paused; `newer_due` tells
    whether the run of a later period has come due too.
    """

    status: SubscriptionStatus
    cadence: Cadence | None
    newer_due: bool = False


def verdict(owed: Owed, standing: Standing | None) -> State:
    """What to do with a run that has come due: DISPATCHED, or why not.

    Asked at the last moment, since the plan may have changed after the run was owed.
    """
    if standing is None or standing.status is not SubscriptionStatus.ACTIVE:
        return State.DROPPED
    if owed.cadence is not None and standing.cadence is None:
        return State.DROPPED
    first_of_period = owed.cadence is not None and owed.attempt == 0
    if first_of_period and (owed.cadence is not standing.cadence or standing.newer_due):
        return State.SUPERSEDED
    return State.DISPATCHED
