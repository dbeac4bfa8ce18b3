"""The run launcher: each run is a Celery task in a warm worker.

Mends what dagster-celery's leaves open: the task's id is on the run before the task can start, a
terminated run ends as canceled, and a run is never "resumed" (a resumed scan would ask the
providers again; a failed one is run anew). That a run's worker is gone is seen by `run_watch`, not
here: what Celery keeps of a task says STARTED for ever once its worker was killed.
"""

import uuid
from typing import Any

from celery.exceptions import OperationalError
from dagster import DagsterRunStatus
from dagster._core.events import EngineEventData
from dagster._core.launcher import LaunchRunContext, ResumeRunContext
from dagster._core.storage.dagster_run import DagsterRun
from dagster._core.storage.tags import PRIORITY_TAG
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import ConfigurableClassData, pack_value
from dagster_celery.config import TASK_EXECUTE_JOB_NAME
from dagster_celery.launcher import CeleryRunLauncher
from dagster_celery.tags import DAGSTER_CELERY_QUEUE_TAG, DAGSTER_CELERY_TASK_ID_TAG
from kombu.exceptions import OperationalError as BrokerError
from typing_extensions import override

from kordant_pipelines.domain.errors import Misconfigured
from kordant_pipelines.orchestration.engine.celery_config import (
    NO_RESULTS,
    QUEUE,
    broker_priority,
    celery_settings,
)


class KordantRunLauncher(CeleryRunLauncher):
    """Sends runs to `kordant worker` processes through Valkey or Redis."""

    def __init__(
        self,
        broker: str | None = None,
        backend: str | None = None,
        default_queue: str = QUEUE,
        include: list[str] | None = None,
        config_source: dict[str, Any] | None = None,
        inst_data: ConfigurableClassData | None = None,
    ) -> None:
        del backend  # dagster-celery's default; there is none
        super().__init__(
            default_queue=default_queue,
            broker=broker,
            backend=NO_RESULTS,
            include=include,
            config_source={**celery_settings(), **(config_source or {})},
            inst_data=inst_data,
        )

    def launch_run(self, context: LaunchRunContext) -> None:
        """Hand the run to the broker.

        Raises:
            Misconfigured: the broker cannot be reached; the run then fails with this text.
        """
        run = context.dagster_run
        if run.job_code_origin is None:
            raise ValueError(f"run {run.run_id} does not say which code it runs")
        arguments = ExecuteRunArgs(
            job_origin=run.job_code_origin,
            run_id=run.run_id,
            instance_ref=self._instance.get_ref(),
            set_exit_code_on_failure=True,
        )
        queue = run.tags.get(DAGSTER_CELERY_QUEUE_TAG, self.default_queue)
        task_id = str(uuid.uuid4())
        self._instance.add_run_tags(run.run_id, {DAGSTER_CELERY_TASK_ID_TAG: task_id})
        try:
            self.celery.send_task(
                TASK_EXECUTE_JOB_NAME,
                kwargs={"execute_job_args_packed": pack_value(arguments)},
                task_id=task_id,
                queue=queue,
                routing_key=f"{queue}.{TASK_EXECUTE_JOB_NAME}",
                priority=broker_priority(priority_of(run.tags.get(PRIORITY_TAG))),
                retry=True,
                retry_policy={"max_retries": 3, "interval_max": 1},
            )
        except (OperationalError, BrokerError) as error:
            raise Misconfigured(
                f"The broker does not take the run ({error}). Start Valkey or Redis, or correct "
                "KORDANT_BROKER_URL; then launch the run again."
            ) from None
        self._instance.report_engine_event(
            "The run waits for a worker.",
            run,
            EngineEventData({"Celery task": task_id, "Queue": queue}),
            cls=self.__class__,
        )

    def terminate(self, run_id: str) -> bool:
        """Cancel a run: it is marked canceling first, so that its end is CANCELED, not FAILURE."""
        run = self._instance.get_run_by_id(run_id)
        task_id = run.tags.get(DAGSTER_CELERY_TASK_ID_TAG) if run else None
        if run is None or run.is_finished or task_id is None:
            return False
        self._instance.report_run_canceling(run)
        # SIGINT is what Dagster's executor listens to; it unwinds the op and reports CANCELED. A
        # task that is still waiting is dropped when a worker comes to it.
        self.celery.control.revoke(task_id, terminate=True, signal="SIGINT")
        if run.status in (DagsterRunStatus.STARTING, DagsterRunStatus.NOT_STARTED):
            self._instance.report_run_canceled(run)
        return True

    @property
    def supports_resume_run(self) -> bool:
        """No: see the module's docstring."""
        return False

    def resume_run(self, context: ResumeRunContext) -> None:
        """Never called, since `supports_resume_run` is false."""
        raise RuntimeError(f"run {context.dagster_run.run_id} cannot be resumed; run it anew")

    @property
    def supports_check_run_worker_health(self) -> bool:
        """No: `run_watch` looks after runs."""
        return False

    @override
    def get_run_worker_debug_info(
        self, run: DagsterRun, include_container_logs: bool | None = True
    ) -> str | None:
        """Nothing that the run's own record does not tell."""
        del run, include_container_logs
        return None


def priority_of(tag: str | None) -> int:
    """The priority that a run's tag tells; whoever launches a run by hand may type anything."""
    try:
        return int(tag or 0)
    except ValueError:
        return 0
