"""Opens what no schedule's tick opened: after an outage, or under a cadence set by an operator."""

from dagster import (
    DagsterInstance,
    DefaultSensorStatus,
    ResourceParam,
    SensorEvaluationContext,
    SkipReason,
    sensor,
)
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.scheduler.instigation import InstigatorStatus

from kordant_pipelines.domain.calendar.cadences import PAIRS
from kordant_pipelines.orchestration.schedules.tiers import schedule_name, told
from kordant_pipelines.services.container import Services


@sensor(
    minimum_interval_seconds=30,
    default_status=DefaultSensorStatus.RUNNING,
    description=(
        "Sees to it that the present period of every schedule is open, whatever became of the "
        "schedule's own tick. A schedule switched off here in the UI is left alone."
    ),
)
def calendar_upkeep_sensor(
    context: SensorEvaluationContext, services: ResourceParam[Services]
) -> SkipReason:
    """One tick: open each period that is not open yet."""
    off = _switched_off(context.instance)
    openings = [
        services.calendar.periods.open(job, tier)
        for job, tier in PAIRS
        if schedule_name(job, tier) not in off
    ]
    opened = [
        f"{schedule_name(one.plan.job, one.plan.tier)}: {told(one)}"
        for one in openings
        if one.owed is not None
    ]
    return SkipReason("\n".join(opened) or "Every period is open.")


def _switched_off(instance: DagsterInstance) -> set[str]:
    states = instance.all_instigator_state(instigator_type=InstigatorType.SCHEDULE)
    return {s.instigator_name for s in states if s.status is InstigatorStatus.STOPPED}
