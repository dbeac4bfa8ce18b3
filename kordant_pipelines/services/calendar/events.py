"""Runs owed by events rather than by periods: work that waits, a breach that became known."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from kordant_pipelines.domain.calendar.cadences import REAL_TIME_TIER
from kordant_pipelines.domain.calendar.owed import Reason
from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.services.calendar.owing import owe_event
from kordant_pipelines.storage.database import Database


class PendingWork(Protocol):
    """A handler that works off what waits."""

    def due(self, now: datetime, *, after: str, limit: int) -> Sequence[str]:
        """Active subscriptions with work due at `now`: ids greater than `after`, ascending.

        Work that could not be done must not be due again at once.
        """
        ...


class Events:
    """The events of one domain database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def owe_pending(
        self, job: Job, work: PendingWork, *, after: str, limit: int
    ) -> tuple[int, str]:
        """Owe a run to a page of the subscriptions with pending work; return how many, and `after`.

        Who is owed one already, or has one under way, is left alone: it will see the work too, or
        the next call will. The returned `after` is "" once the last page was seen.
        """
        now = self._clock()
        ids = work.due(now, after=after, limit=limit)
        slot = f"pending/{now.isoformat(timespec='microseconds')}"
        with self._database.transaction() as session:
            owed = sum(
                owe_event(
                    session,
                    job,
                    tier,
                    slot,
                    Reason.PENDING_WORK,
                    now,
                    among=ids,
                    unless_open=True,
                )
                for tier in Tier
            )
        return owed, ids[-1] if len(ids) == limit else ""

    def owe_breach(self, catalogue_version: int) -> int:
        """Owe everyone with real-time monitoring a scan now, for the breach catalogue changed."""
        with self._database.transaction() as session:
            return owe_event(
                session,
                Job.DARKWATCH,
                REAL_TIME_TIER,
                f"breach/{catalogue_version}",
                Reason.REAL_TIME,
                self._clock(),
            )
