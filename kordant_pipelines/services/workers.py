"""Which workers live, what they hold, and which tasks were begun: all by Postgres' clock."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text

from kordant_pipelines.domain.vanished import SETTLING, SILENT_AFTER
from kordant_pipelines.storage.database import Database

CLAIMS_KEPT = timedelta(days=2)
"""Far longer than the broker may keep a task back before it delivers it again."""

WORKERS_KEPT = timedelta(minutes=10)
"""How long a worker that fell silent stays on record."""


@dataclass(frozen=True, slots=True)
class Beat:
    """A worker's last beat, and for how many seconds it has been silent since."""

    worker_id: str
    slots: int
    tasks: Sequence[str]
    silent_seconds: float

    @property
    def lives(self) -> bool:
        """Whether the worker counts as alive."""
        return self.silent_seconds < SILENT_AFTER


class Workers:
    """The workers of one domain database; `settling` in seconds, as `SETTLING`."""

    def __init__(self, database: Database, *, settling: float = SETTLING) -> None:
        self._database = database
        self._settling = settling

    def beat(self, worker_id: str, *, slots: int, tasks: Collection[str]) -> None:
        """Write that the worker lives and holds these tasks."""
        with self._database.connection() as connection:
            connection.execute(
                text(_BEAT), {"id": worker_id, "slots": slots, "tasks": sorted(tasks)}
            )

    def leave(self, worker_id: str) -> None:
        """Take the worker off the record: it holds nothing more."""
        with self._database.connection() as connection:
            connection.execute(text("DELETE FROM workers WHERE id = :id"), {"id": worker_id})

    def left_by(self, worker_id: str) -> Sequence[str]:
        """The tasks that a worker which was killed held, and which nobody holds from now on."""
        with self._database.connection() as connection:
            held = connection.execute(
                text("DELETE FROM workers WHERE id = :id RETURNING tasks"), {"id": worker_id}
            ).scalar_one_or_none()
            return held or []

    def claim(self, task_id: str) -> bool:
        """Claim a task before beginning it; False if it was ever begun before.

        A broker that lost its last second, or whose time-out for a task has passed, delivers a
        task again, while its first delivery runs or after it died.
        """
        with self._database.connection() as connection:
            claimed = connection.execute(text(_CLAIM), {"task_id": task_id})
            return claimed.rowcount == 1

    def beats(self) -> Sequence[Beat] | None:
        """Every worker on record, or None for some seconds after a start of Postgres.

        Workers could not beat while it was away: to judge them then would fail what is well.
        """
        with self._database.connection() as connection:
            if connection.execute(text(_UP_SECONDS)).scalar_one() < self._settling:
                return None
            return [Beat(*row) for row in connection.execute(text(f"{_BEATS} ORDER BY id"))]

    def silent_seconds(self) -> float | None:
        """For how long no worker has beaten; None if none is on record, or none could lately.

        A worker that stopped of itself left the record; of those that fell silent one stays.
        """
        beats = self.beats()
        return min((beat.silent_seconds for beat in beats), default=None) if beats else None

    def lives(self, worker_id: str) -> bool:
        """Whether this worker has beaten lately."""
        with self._database.connection() as connection:
            return any(
                Beat(*row).lives for row in connection.execute(text(_BEAT_OF), {"id": worker_id})
            )

    def forget_old(self) -> None:
        """Drop claims and silent workers that nothing can ask for any more.

        The worker heard of last stays: that all fell silent must not be forgotten.
        """
        with self._database.connection() as connection:
            connection.execute(
                text("DELETE FROM task_claims WHERE claimed_at < now() - :kept"),
                {"kept": CLAIMS_KEPT},
            )
            connection.execute(text(_FORGET), {"kept": WORKERS_KEPT})


_BEAT = """
INSERT INTO workers (id, slots, started_at, beat_at, tasks)
VALUES (:id, :slots, clock_timestamp(), clock_timestamp(), CAST(:tasks AS varchar[]))
ON CONFLICT (id) DO UPDATE
SET beat_at = excluded.beat_at, slots = excluded.slots, tasks = excluded.tasks
"""

_CLAIM = """
INSERT INTO task_claims (task_id, claimed_at) VALUES (:task_id, clock_timestamp())
ON CONFLICT DO NOTHING
"""

_FORGET = """
DELETE FROM workers
WHERE beat_at < now() - :kept AND beat_at < (SELECT max(beat_at) FROM workers)
"""

_UP_SECONDS = """
SELECT CAST(extract(epoch FROM clock_timestamp() - pg_postmaster_start_time()) AS float)
"""

_BEATS = """
SELECT id, slots, tasks, CAST(extract(epoch FROM clock_timestamp() - beat_at) AS float) FROM workers
"""

_BEAT_OF = f"{_BEATS} WHERE id = :id"
