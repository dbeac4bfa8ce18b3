"""Launches what the calendar owes once it is due."""

from collections.abc import Sequence

from dagster import (
    DefaultSensorStatus,
    JobDefinition,
    ResourceParam,
    RunRequest,
    SensorDefinition,
    SensorResult,
    SkipReason,
    sensor,
)

from kordant_pipelines.domain.calendar.owed import Owed
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.orchestration.payloads import run_config_of
from kordant_pipelines.orchestration.tags import owed_tags
from kordant_pipelines.services.container import Services

PAGE = 500
"""Runs a tick launches at most: Dagster's bookkeeping of a tick grows with their square."""


def dispatch_sensor(jobs: Sequence[JobDefinition]) -> SensorDefinition:
    """The dispatcher of these jobs."""
    known = {Job(job.name): job for job in jobs}

    @sensor(
        name="calendar_dispatch_sensor",
        jobs=jobs,
        minimum_interval_seconds=1,
        default_status=DefaultSensorStatus.RUNNING,
        description=(
            "Launches the runs that are due, the most urgent first, as fast as workers drain the "
            "queue: scheduled ones, retries, pending work and real-time scans alike."
        ),
    )
    def dispatch(services: ResourceParam[Services]) -> SensorResult | SkipReason:
        due = services.calendar.dispatch.take_due(list(known), limit=PAGE)
        if not due:
            return SkipReason("Nothing is due, or the queue is full.")
        return SensorResult(run_requests=[run_request(owed, known[owed.job]) for owed in due])

    return dispatch


def run_request(owed: Owed, job: JobDefinition) -> RunRequest:
    """The request for an owed run. Its key makes it one run, however often it is asked for."""
    return RunRequest(
        run_key=f"owed/{owed.key}",
        job_name=owed.job.value,
        run_config=run_config_of(job, owed.payload),
        partition_key=owed.subscription_id,
        tags=owed_tags(owed),
    )
