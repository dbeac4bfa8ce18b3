"""What follows from how a run ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kordant_pipelines.domain.calendar.owed import Failure, State
from kordant_pipelines.domain.clock import require_aware

RETRY_DELAYS: tuple[timedelta, ...] = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
)
"""How long after each failure the next attempt is due; as many retries as there are delays."""


class Ending(StrEnum):
    """How a run ended, as the job-status record tells."""

    SUCCESS = "success"
    FAILURE = "failure"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that has ended. `permanent`: it said that trying again cannot help.

    `started_at` is None if it never began.
    """

    run_id: str
    root_run_id: str
    ending: Ending
    at: datetime
    permanent: bool = False
    started_at: datetime | None = None

    def __post_init__(self) -> None:
        require_aware(self.at)


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of an owed run; `retry_at` if another attempt is owed, and when."""

    state: State
    failure: Failure | None = None
    retry_at: datetime | None = None


def settle(
    ended: Ended, attempt: int, *, active: bool, delays: tuple[timedelta, ...] = RETRY_DELAYS
) -> Settlement:
    """Decide what a run's end means; `attempt` is 0 for the first, `active` of its subscription.

    A run that its operator cancelled is not tried again, nor one for a subscription for which
    nothing may run any more.
    """
    if ended.ending is Ending.SUCCESS:
        return Settlement(State.SUCCEEDED)
    if ended.ending is Ending.CANCELED:
        return Settlement(State.CANCELLED)
    if not active:
        return Settlement(State.DROPPED)
    if ended.permanent:
        return Settlement(State.DEAD, Failure.PERMANENT)
    if attempt >= len(delays):
        return Settlement(State.DEAD, Failure.EXHAUSTED)
    return Settlement(State.RETRIED, retry_at=ended.at + delays[attempt])
