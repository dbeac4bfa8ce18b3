"""Evaluates sensors each second, where Dagster's own daemon waits five."""

from concurrent.futures import Future
from threading import Event
from typing import Any

from dagster._core.workspace.context import IWorkspaceProcessContext
from dagster._daemon.daemon import DaemonIterator, SensorDaemon
from dagster._daemon.sensor import execute_sensor_iteration

EVERY_SECONDS = 1.0


class SensorLoopDaemon(SensorDaemon):
    """Dagster's sensor daemon at the pace that our sensors' own intervals ask for.

    What is due is launched, and what failed is owed its retry, within a second or two.
    """

    def core_loop(
        self, workspace_process_context: IWorkspaceProcessContext[Any], shutdown_event: Event
    ) -> DaemonIterator:
        """One iteration after the other; a sensor whose interval has not passed is left out."""
        under_way: dict[str, Future[Any]] = {}
        while True:
            yield from execute_sensor_iteration(
                workspace_process_context,
                self._logger,
                threadpool_executor=self._threadpool_executor,
                submit_threadpool_executor=self._submit_threadpool_executor,
                sensor_tick_futures=under_way,
            )
            yield None
            shutdown_event.wait(EVERY_SECONDS)
