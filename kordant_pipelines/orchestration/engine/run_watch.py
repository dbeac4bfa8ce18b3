"""Fails the runs whose worker is gone, each second, and owes their retries in the same look."""

import logging
import time
from collections.abc import Callable, Collection
from datetime import timedelta
from threading import Event
from typing import Any

from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter
from dagster._core.workspace.context import IWorkspaceProcessContext
from dagster._daemon.daemon import DaemonIterator, MonitoringDaemon

from kordant_pipelines.domain.clock import Clock, utc_now
from kordant_pipelines.domain.vanished import UnderWay, Watch, Whereabouts
from kordant_pipelines.orchestration.engine.broker import Broker
from kordant_pipelines.orchestration.engine.under_way import launched_runs, never_queued
from kordant_pipelines.orchestration.sensors.run_outcomes import settle
from kordant_pipelines.services.container import Services

EVERY_SECONDS = 1.0
QUEUEING_GRACE = timedelta(minutes=5)
"""How long after its creation a run must be queued: only a process' death comes between the two."""

_TIDY_SECONDS = 600.0
_logger = logging.getLogger("kordant.run_watch")


class RunWatch:
    """Compares the runs on record with what workers hold and what waits in the broker."""

    def __init__(
        self,
        instance: DagsterInstance,
        services: Services,
        broker: Broker,
        *,
        clock: Clock = utc_now,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._instance = instance
        self._services = services
        self._broker = broker
        self._clock = clock
        self._seconds = seconds
        self._watch = Watch()
        self._tidied_at = seconds()

    def look(self) -> list[str]:
        """One look; the ids of the runs it ended. If anything cannot be read, nobody is judged."""
        try:
            ended = self._end(self._vanished(), "Its worker is gone: no worker holds it any more.")
            ended += self._end(
                never_queued(self._instance, self._clock() - QUEUEING_GRACE),
                "It was created and never queued.",
            )
        except Exception:
            self._watch.forget()
            raise
        if self._seconds() - self._tidied_at > _TIDY_SECONDS:
            self._tidied_at = self._seconds()
            self._services.workers.forget_old()
        return ended

    def cut_off(self, worker_id: str) -> list[str]:
        """End the runs of a worker that was killed, which needs no waiting for its silence."""
        tasks = set(self._services.workers.left_by(worker_id))
        cut = [one.run for one in launched_runs(self._instance) if one.run.task_id in tasks]
        return self._end(
            [run.run_id for run in cut], "It was cut off: the system was stopped and did not wait."
        )

    def _vanished(self) -> list[str]:
        # In this order: a task that moves on between two readings is met further on.
        launched = launched_runs(self._instance)
        waiting = self._broker.waiting({one.queue for one in launched})
        beats = self._services.workers.beats()
        if beats is None:
            self._watch.forget()
            return []
        whereabouts = Whereabouts(
            held={task for beat in beats if beat.lives for task in beat.tasks},
            orphaned={task for beat in beats if not beat.lives for task in beat.tasks},
            waiting=waiting,
        )
        runs: Collection[UnderWay] = [one.run for one in launched]
        return [run.run_id for run in self._watch.look(runs, whereabouts, self._seconds())]

    def _end(self, run_ids: Collection[str], why: str) -> list[str]:
        if not run_ids:
            return []
        ended = [run_id for run_id in run_ids if self._end_one(run_id, why)]
        records = self._instance.get_run_records(RunsFilter(run_ids=list(run_ids)))
        settle(
            self._instance,
            self._services.calendar.outcomes,
            [record for record in records if record.dagster_run.is_finished],
        )
        return ended

    def _end_one(self, run_id: str, why: str) -> bool:
        run: DagsterRun | None = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished:  # it ended between the two readings
            return False
        _logger.warning("run %s is ended: %s", run_id, why)
        if run.status is DagsterRunStatus.CANCELING:
            self._instance.report_run_canceled(run, why)
        else:
            self._instance.report_run_failed(run, why)
        return True


class RunWatchDaemon(MonitoringDaemon):
    """Dagster's run monitoring, which ends what hangs or runs too long, with our watch in it."""

    def __init__(self, interval_seconds: float, services: Services, broker: Broker) -> None:
        super().__init__(interval_seconds)
        self._services = services
        self._broker = broker

    def core_loop(
        self, workspace_process_context: IWorkspaceProcessContext[Any], shutdown_event: Event
    ) -> DaemonIterator:
        """Look each second. An error, a database that is away say, starts the loop anew."""
        watch = RunWatch(workspace_process_context.instance, self._services, self._broker)
        monitored_at = time.monotonic()
        while True:
            watch.look()
            if time.monotonic() - monitored_at >= self.interval_seconds:
                monitored_at = time.monotonic()
                yield from self.run_iteration(workspace_process_context)
            yield None
            shutdown_event.wait(EVERY_SECONDS)
