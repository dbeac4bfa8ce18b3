"""The queue's health: what is due and waits, since when, and what was given up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.services.calendar.dead_letters import DeadLetters
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import NotificationRow
from kordant_pipelines.storage.models.notifications import NotificationStatus


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits of a job and tier. `waiting` has come due and was not handed out yet."""

    job: Job
    tier: Tier
    waiting: int = 0
    oldest_due_at: datetime | None = None
    in_flight: int = 0
    retries: int = 0


@dataclass(frozen=True, slots=True)
class QueueHealth:
    """The whole queue, and the outbox beside it."""

    at: datetime
    queues: Sequence[Queue]
    dead_letters: int
    outbox_pending: int
    outbox_oldest_at: datetime | None

    @property
    def waiting(self) -> int:
        """Runs that are due and not handed out."""
        return sum(queue.waiting for queue in self.queues)

    @property
    def in_flight(self) -> int:
        """Runs that were handed out and have not ended."""
        return sum(queue.in_flight for queue in self.queues)

    @property
    def oldest_due_at(self) -> datetime | None:
        """When the run that waits longest came due."""
        return min((q.oldest_due_at for q in self.queues if q.oldest_due_at), default=None)


class Queues:
    """Reads the queue of one domain database."""

    def __init__(self, database: Database, clock: Clock, letters: DeadLetters) -> None:
        self._database = database
        self._clock = clock
        self._letters = letters

    def now(self) -> datetime:
        """The moment that ages are counted from."""
        return self._clock()

    def health(self) -> QueueHealth:
        """How it stands now; every job and tier is listed, those with nothing waiting too."""
        now = self._clock()
        with self._database.transaction() as session:
            rows = {
                (Job(row.job), Tier(row.tier)): row
                for row in session.execute(text(_QUEUES), {"now": now})
            }
            queues = [
                Queue(
                    job,
                    tier,
                    waiting=rows[job, tier].waiting,
                    oldest_due_at=rows[job, tier].oldest,
                    in_flight=rows[job, tier].in_flight,
                    retries=rows[job, tier].retries,
                )
                if (job, tier) in rows
                else Queue(job, tier)
                for job in Job
                for tier in Tier
            ]
            pending, oldest = _outbox(session)
            dead = self._letters.count_in(session)
        return QueueHealth(now, queues, dead, pending, oldest)


# Three narrow questions, each with a partial index of its own, rather than one over all that is
# owed: most of it is not due for days. A new customer's first scan is owed for a moment of its
# period that may have passed weeks before the sale: it waits since the sale.
_QUEUES = """
SELECT job, tier, sum(waiting) AS waiting, min(oldest) AS oldest, sum(in_flight) AS in_flight,
       sum(retries) AS retries
FROM (
    SELECT job, tier, count(*) AS waiting, min(greatest(due_at, created_at)) AS oldest,
           0 AS in_flight, 0 AS retries
    FROM owed_runs WHERE state = 'owed' AND due_at <= :now GROUP BY job, tier
    UNION ALL
    SELECT job, tier, 0, NULL, count(*), 0
    FROM owed_runs WHERE state = 'dispatched' GROUP BY job, tier
    UNION ALL
    SELECT job, tier, 0, NULL, 0, count(*)
    FROM owed_runs WHERE state = 'owed' AND attempt > 0 GROUP BY job, tier
) AS parts
GROUP BY job, tier
"""


def _outbox(session: Session) -> tuple[int, datetime | None]:
    pending, oldest = session.execute(
        select(func.count(), func.min(NotificationRow.created_at)).where(
            NotificationRow.status == NotificationStatus.PENDING,
            # Those that a message under way carries already are not waiting.
            NotificationRow.delivery_id.is_(None),
        )
    ).one()
    return pending, oldest
