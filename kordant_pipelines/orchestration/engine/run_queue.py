"""Hands queued runs to the broker as slots come free; who goes first, `domain.fair_share` says."""

from threading import Event
from typing import Any

from dagster import DagsterInstance, DagsterRun, RunsFilter
from dagster._core.instance.config import ConcurrencyConfig
from dagster._core.workspace.context import IWorkspaceProcessContext
from dagster._daemon.daemon import DaemonIterator
from dagster._daemon.run_coordinator.queued_run_coordinator_daemon import (
    QueuedRunCoordinatorDaemon,
)
from typing_extensions import override

from kordant_pipelines.domain.fair_share import next_to_start
from kordant_pipelines.orchestration.engine.broker import Broker
from kordant_pipelines.orchestration.engine.under_way import contenders

EVERY_SECONDS = 0.2
"""A slot that came free waits that long at most; Dagster's own daemon looks once a second."""


class RunQueueDaemon(QueuedRunCoordinatorDaemon):
    """Dagster's dequeuer with our choice of runs, made in one query.

    Its own parses every queued run at each pass, sorts by priority alone and takes in first what
    came first, so that a sweep of one job keeps the slots of all. Limits by tag, which our
    dagster.yaml has none of, are not looked at.
    """

    def __init__(self, broker: Broker) -> None:
        super().__init__(EVERY_SECONDS)
        self._broker = broker

    def core_loop(
        self, workspace_process_context: IWorkspaceProcessContext[Any], shutdown_event: Event
    ) -> DaemonIterator:
        """One pass after the other, until the process ends."""
        while True:
            yield from self.run_iteration(workspace_process_context)
            yield None
            shutdown_event.wait(EVERY_SECONDS)

    @override
    def _get_runs_to_dequeue(
        self,
        instance: DagsterInstance,
        concurrency_config: ConcurrencyConfig,
        fixed_iteration_time: float | None,
    ) -> list[DagsterRun]:
        del fixed_iteration_time
        if concurrency_config.run_queue_config is None:
            raise TypeError("runs are not queued; use the dagster.yaml here")
        slots = concurrency_config.run_queue_config.max_concurrent_runs
        chosen = next_to_start(*contenders(instance, slots), slots)
        # A broker that is away would fail what is launched; queued it keeps.
        if not chosen or not self._broker.answers():
            return []
        ids = [claimant.run_id for claimant in chosen]
        runs = {run.run_id: run for run in instance.get_runs(RunsFilter(run_ids=ids))}
        return [runs[run_id] for run_id in ids if run_id in runs]
