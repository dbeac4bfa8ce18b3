"""The Celery application that `kordant worker` runs: executes Dagster runs, nothing else."""

import logging
import os
from typing import Any

from celery import Task, signals
from dagster_celery.make_app import make_app
from dagster_celery.tasks import create_execute_job_task

from kordant_pipelines.orchestration.engine.celery_config import NO_RESULTS, celery_settings
from kordant_pipelines.orchestration.engine.heartbeat import Heartbeat, tasks_held
from kordant_pipelines.orchestration.resources import process_services
from kordant_pipelines.services.workers import Workers
from kordant_pipelines.settings import load_settings
from kordant_pipelines.storage.database import Database

# It tells of each of its plugins at INFO, in every child.
logging.getLogger("alembic").setLevel(logging.WARNING)

_logger = logging.getLogger(__name__)
_heartbeats: list[Heartbeat] = []

app = make_app(
    {
        "broker": os.environ["KORDANT_CELERY_URL"],
        "backend": NO_RESULTS,
        "config_source": celery_settings(),
        "set_as_current": True,
    }
)


class ClaimedTask(Task[Any, Any]):
    """A task that runs once, however often it is delivered.

    dagster-celery's own executes whatever it is given: delivered twice at about the same time, a
    run would be executed twice.
    """

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Execute, unless this task was begun before."""
        task_id = str(self.request.id)
        if process_services().workers.claim(task_id):
            return super().__call__(*arguments, **named)
        _logger.warning("task %s was delivered again, and is ignored", task_id)
        return None


# Ignored: its keyword arguments go to Celery's decorator, whatever their annotation says.
execute_job = create_execute_job_task(app, base=ClaimedTask)  # pyright: ignore[reportArgumentType]


@signals.worker_ready.connect
def _begin_to_beat(sender: Any, **_: object) -> None:
    url = load_settings().database_url
    if url is None:
        raise RuntimeError("KORDANT_DATABASE_URL is not set")  # `kordant worker` sets it
    heartbeat = Heartbeat(
        Workers(Database(url, pool_size=1)),
        worker_id=sender.hostname,
        slots=sender.controller.concurrency,
        held=tasks_held,
    )
    heartbeat.start()
    _heartbeats.append(heartbeat)


@signals.task_received.connect
def _tell_at_once(**_: object) -> None:
    for heartbeat in _heartbeats:
        heartbeat.wake()


@signals.worker_shutdown.connect
def _beat_no_more(**_: object) -> None:
    for heartbeat in _heartbeats:
        heartbeat.stop()
