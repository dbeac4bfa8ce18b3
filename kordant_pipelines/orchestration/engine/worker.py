"""The Celery application that `kordant worker` runs: executes Dagster runs, nothing else."""

import logging
import os

from dagster_celery.make_app import make_app
from dagster_celery.tasks import create_execute_job_task

from kordant_pipelines.orchestration.engine.celery_config import celery_settings
from kordant_pipelines.orchestration.engine.results import quiet

# It tells of each of its plugins at INFO, in every child.
logging.getLogger("alembic").setLevel(logging.WARNING)

_broker = os.environ["KORDANT_CELERY_URL"]

app = make_app(
    {
        "broker": _broker,
        "backend": quiet(_broker),
        "config_source": celery_settings(),
        "set_as_current": True,
    }
)
execute_job = create_execute_job_task(app)
