"""Jobs without a cadence: they are owed whenever work waits for them."""

from dagster import (
    DefaultSensorStatus,
    JobDefinition,
    ResourceParam,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.services.container import Services

PAGE = 1000


def pending_work_sensor(job: JobDefinition, *, every_seconds: int = 5) -> SensorDefinition:
    """The sensor that owes runs of this job."""
    known = Job(job.name)

    @sensor(
        name=f"calendar_pending_{known.value.partition('_')[0]}_sensor",
        job=job,
        minimum_interval_seconds=every_seconds,
        default_status=DefaultSensorStatus.RUNNING,
        description=(
            f"Owes {known.value} to every subscription, of any tier, for which work waits. "
            "calendar_dispatch_sensor launches it."
        ),
    )
    def owe(
        context: SensorEvaluationContext, services: ResourceParam[Services]
    ) -> SensorResult | SkipReason:
        work = services.pending_work.get(known)
        if work is None:
            return SkipReason(f"{known.value} is not part of this version; no work waits for it.")
        owed, after = services.calendar.events.owe_pending(
            known, work, after=context.cursor or "", limit=PAGE
        )
        told = f"{owed} runs owed." if owed else "No work waits that is not owed a run already."
        return SensorResult(cursor=after, skip_reason=told)

    return owe
