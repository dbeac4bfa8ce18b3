"""The tier table as schedules: one a job and tier, each opening its period in the calendar."""

from dagster import (
    DefaultScheduleStatus,
    JobDefinition,
    ResourceParam,
    ScheduleDefinition,
    SkipReason,
    schedule,
)

from kordant_pipelines.domain.calendar.cadences import CADENCES, Cadence
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.services.calendar.periods import Opening
from kordant_pipelines.services.container import Services

_CRONS = {Cadence.DAILY: "0 0 * * *", Cadence.WEEKLY: "0 0 * * 1", Cadence.MONTHLY: "0 0 1 * *"}


def tier_schedules(job: JobDefinition) -> list[ScheduleDefinition]:
    """The schedules of a job: one for each tier that has it."""
    return [_schedule(job, Job(job.name), tier) for tier in CADENCES[Job(job.name)]]


def schedule_name(job: Job, tier: Tier) -> str:
    """Such as darkwatch_1_basic_schedule: sorted by name, the list reads as the tier table."""
    rank = list(Tier).index(tier) + 1
    return f"{job.value.partition('_')[0]}_{rank}_{tier.value}_schedule"


def _schedule(definition: JobDefinition, job: Job, tier: Tier) -> ScheduleDefinition:
    cadence = CADENCES[job][tier]

    @schedule(
        name=schedule_name(job, tier),
        job=definition,
        cron_schedule=_CRONS[cadence],
        execution_timezone="UTC",
        default_status=DefaultScheduleStatus.RUNNING,
        description=(
            f"{tier.value.capitalize()}: {job.value} {cadence.value}. Opens the period: every "
            "active subscription of the tier is owed one run, due at a time of its own within "
            "the period. Launches nothing itself: calendar_dispatch_sensor does."
        ),
    )
    def open_period(services: ResourceParam[Services]) -> SkipReason:
        # The present period, whatever tick this is: ticks missed collapse into it.
        return SkipReason(told(services.calendar.periods.open(job, tier)))

    return open_period


def told(opening: Opening) -> str:
    """An opening in a sentence."""
    plan, period = opening.plan, opening.period
    if not plan.enabled:
        return f"Paused: {plan.job.value} of {plan.tier.value} opens no period until resumed."
    if opening.owed is None:
        return f"{period.slot} was open already."
    return f"Opened {period.slot}: {opening.owed} runs owed, the last due by {period.end:%Y-%m-%d}."
