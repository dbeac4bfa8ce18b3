"""When each part of the system was last heard of: Dagster's daemons, and the workers as one."""

from collections.abc import Sequence
from datetime import timedelta

from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.services.admin.runs import Heartbeat, RunRecord
from kordant_pipelines.services.workers import Workers

WORKERS = "WORKERS"
"""The part's name; a worker's own is new at each start, and tells nothing over time."""


class Heartbeats:
    """Daemons beat into Dagster's record, workers into the domain database."""

    def __init__(self, workers: Workers, clock: Clock) -> None:
        self._workers = workers
        self._clock = clock

    def read(self, record: RunRecord) -> Sequence[Heartbeat]:
        """Every part that was ever heard of; of the workers, the one that was heard of last."""
        beats = list(record.heartbeats())
        silent = self._workers.silent_seconds()
        if silent is not None:
            beats.append(Heartbeat(WORKERS, self._clock() - timedelta(seconds=silent)))
        return sorted(beats, key=lambda beat: beat.name)
