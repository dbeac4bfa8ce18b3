"""Tells operators when something passes its limit, and when it is over."""

from dagster import (
    DefaultSensorStatus,
    ResourceParam,
    SensorEvaluationContext,
    SkipReason,
    sensor,
)

from kordant_pipelines.orchestration.run_record import DagsterRunRecord
from kordant_pipelines.services.container import Services


@sensor(
    name="calendar_health_sensor",  # so that the list keeps the tiers' schedules together
    minimum_interval_seconds=30,
    default_status=DefaultSensorStatus.RUNNING,
    description=(
        "Compares the queue, failures, providers' errors and heartbeats with the limits in the "
        "settings. Operators hear of each once when it is passed and once when it is over. The "
        "web server checks too, for no sensor runs once the daemon is gone."
    ),
)
def health_sensor(
    context: SensorEvaluationContext, services: ResourceParam[Services]
) -> SkipReason:
    """One check."""
    monitoring = services.monitoring
    turns = monitoring.health.check(DagsterRunRecord(context.instance))
    sent = monitoring.notices.send()
    told = ", ".join(f"{condition.value} {turn.value}" for condition, turn in turns)
    raised = [c.value for c, since in monitoring.health.raised().items() if since is not None]
    return SkipReason(
        f"{told or 'No change'}; raised: {', '.join(raised) or 'nothing'}; {sent} notices sent."
    )
