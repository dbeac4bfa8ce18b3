"""The daemon that `kordant up` runs: Dagster's own, with our queue, sensor loop and run watch.

`python -m kordant_pipelines.orchestration.engine.daemon WORKSPACE_FILE`; SIGINT stops it.
"""

import logging
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from dagster import DagsterInstance
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster._daemon.controller import create_daemon_of_type, daemon_controller_from_instance
from dagster._daemon.daemon import DagsterDaemon
from dagster._utils.interrupts import capture_interrupts, setup_interrupt_handlers

from kordant_pipelines.orchestration.engine.broker import Broker
from kordant_pipelines.orchestration.engine.run_queue import RunQueueDaemon
from kordant_pipelines.orchestration.engine.run_watch import RunWatchDaemon
from kordant_pipelines.orchestration.engine.sensor_loop import SensorLoopDaemon
from kordant_pipelines.orchestration.resources import process_services
from kordant_pipelines.settings import load_settings


def main(workspace_file: str) -> None:
    """Run until a signal, or until a thread of it ends."""
    setup_interrupt_handlers()
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        with (
            capture_interrupts(),
            DagsterInstance.get() as instance,
            daemon_controller_from_instance(
                instance,
                workspace_load_target=WorkspaceFileTarget([workspace_file]),
                gen_daemons=_daemons,
                log_level="warning",  # every tick is in the UI; here it would drown the rest
                code_server_log_level="warning",
            ) as controller,
        ):
            controller.check_daemon_loop()
    except KeyboardInterrupt:
        return


def _daemons(instance: DagsterInstance) -> Iterable[DagsterDaemon[Any]]:
    broker_url = load_settings().broker_url
    if broker_url is None:
        raise RuntimeError("KORDANT_BROKER_URL is not set")  # `kordant up` sets it
    broker = Broker(broker_url)
    ours: Mapping[str, Callable[[], DagsterDaemon[Any]]] = {
        RunQueueDaemon.daemon_type(): lambda: RunQueueDaemon(broker),
        SensorLoopDaemon.daemon_type(): lambda: SensorLoopDaemon(instance.get_sensor_settings()),
        RunWatchDaemon.daemon_type(): lambda: RunWatchDaemon(
            instance.run_monitoring_poll_interval_seconds, process_services(), broker
        ),
    }
    for kind in instance.get_required_daemon_types():
        yield ours[kind]() if kind in ours else create_daemon_of_type(kind, instance)


if __name__ == "__main__":
    main(sys.argv[1])
