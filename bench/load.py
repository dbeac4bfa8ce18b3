"""Runs to measure with: owed through the calendar, so that they take the whole way."""

import uuid
from dataclasses import dataclass

from sqlalchemy import text

from bench.meters import until
from kordant_pipelines.domain.calendar.cadences import PAIRS
from kordant_pipelines.domain.calendar.owed import Reason
from kordant_pipelines.domain.clock import utc_now
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.services.calendar.owing import owe_event
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.subscriptions import NewSubscription
from kordant_pipelines.storage.database import Database


@dataclass(frozen=True, slots=True)
class Round:
    """What became of the runs of one load: how many, and when they ended, in epoch seconds."""

    runs: int
    succeeded: int
    ends: list[float]

    @property
    def per_second(self) -> float:
        """Runs that ended in a second, between the first tenth of them and the last."""
        ends = sorted(self.ends)
        first, last = ends[len(ends) // 10], ends[-1 - len(ends) // 10]
        return (0.8 * len(ends)) / (last - first) if last > first else 0.0


class Load:
    """Owes scans and waits for them; nothing else of the calendar runs meanwhile.

    Basic subscriptions, since a first breach catalogue owes Premium a scan by itself.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._rounds = 0
        for job, tier in PAIRS:
            services.calendar.schedules.pause(job, tier)

    def people(self, count: int, *, emails: int = 1) -> list[str]:
        """New subscriptions that watch so many addresses each; their ids."""
        return [
            self._services.subscriptions.add(
                NewSubscription(
                    ref=f"bench-{uuid.uuid4().hex}",
                    tier=Tier.BASIC,
                    name="Test Person",
                    emails=tuple(f"{uuid.uuid4().hex}@example.com" for _ in range(emails)),
                )
            )[0]
            for _ in range(count)
        ]

    def run(self, record: Database, ids: list[str], *, timeout: float) -> Round:
        """Owe each of these subscriptions a scan now; return when all have ended.

        `record` is the running system's run record.
        """
        slot = self.owe(ids)
        until(lambda: self._open(slot) == 0, timeout=timeout, what=f"{len(ids)} runs")
        return _ended(record, slot)

    def owe(self, ids: list[str]) -> str:
        """Owe each of these subscriptions a scan now; the slot they are owed under."""
        self._rounds += 1
        slot = f"bench/{self._rounds}"
        with self._services.database.transaction() as session:
            reason = Reason.BASELINE
            owe_event(session, Job.DARKWATCH, Tier.BASIC, slot, reason, utc_now(), among=ids)
        return slot

    def _open(self, slot: str) -> int:
        with self._services.database.connection() as connection:
            return connection.execute(text(_OPEN), {"slot": slot}).scalar_one()


def ended_at(record: Database, run_id: str) -> float | None:
    """When the run ended, in epoch seconds, or None."""
    with record.connection() as connection:
        return connection.execute(text(_END), {"run_id": run_id}).scalar_one()


def _ended(record: Database, slot: str) -> Round:
    with record.connection() as connection:
        rows = connection.execute(text(_ENDED), {"slot": slot}).all()
    return Round(
        len(rows),
        sum(row.status == "SUCCESS" for row in rows),
        [row.end_time for row in rows if row.end_time],
    )


_END = "SELECT end_time FROM runs WHERE run_id = :run_id"

_OPEN = "SELECT count(*) FROM owed_runs WHERE slot = :slot AND state IN ('owed', 'dispatched')"

_ENDED = """
SELECT r.status, r.end_time FROM runs r JOIN run_tags t ON t.run_id = r.run_id
WHERE t.key = 'kordant/slot' AND t.value = :slot
"""
