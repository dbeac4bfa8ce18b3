"""How fast runs leave the queue: choosing among many, and handing them to the broker."""

import os
import time

from dagster import DagsterInstance, DagsterRunStatus
from dagster._core.storage.tags import PRIORITY_TAG
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import ModuleTarget

from kordant_pipelines.orchestration.engine.broker import Broker
from kordant_pipelines.orchestration.engine.run_queue import RunQueueDaemon
from kordant_pipelines.orchestration.engine.under_way import contenders
from kordant_pipelines.orchestration.jobs.darkwatch_scan import darkwatch_scan
from kordant_pipelines.runtime.environment import Environment
from kordant_pipelines.runtime.stack import CODE_LOCATION, CODE_MODULE

QUEUED = 500
SLOTS = 200


def dequeue_measures(environment: Environment) -> dict[str, float]:
    """Seconds and runs per second, with no worker running: what is handed over stays there."""
    os.environ["KORDANT_RUN_SLOTS"] = str(SLOTS)  # the instance reads it as it is opened
    with (
        DagsterInstance.get() as instance,
        WorkspaceProcessContext(
            instance, ModuleTarget(CODE_MODULE, None, None, CODE_LOCATION)
        ) as workspace,
    ):
        [location] = workspace.create_request_context().code_locations
        [repository] = location.get_repositories().values()
        remote = repository.get_full_job("darkwatch_scan")
        began = time.perf_counter()
        for number in range(QUEUED):
            instance.create_run_for_job(
                darkwatch_scan,
                tags={PRIORITY_TAG: str(-10 * (number % 4))},
                status=DagsterRunStatus.QUEUED,
                job_code_origin=remote.get_python_origin(),
                remote_job_origin=remote.get_remote_origin(),
            )
        created = time.perf_counter() - began
        began = time.perf_counter()
        contenders(instance, SLOTS)
        chosen = time.perf_counter() - began
        daemon = RunQueueDaemon(Broker(environment.broker_url))
        with daemon:
            began = time.perf_counter()
            handed = sum(1 for _ in daemon.run_iteration(workspace))
            took = time.perf_counter() - began
    return {
        "create_and_queue_per_second": QUEUED / created,
        "choose_among_500_ms": 1000 * chosen,
        "hand_over_per_second": handed / took,
    }
