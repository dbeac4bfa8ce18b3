"""Settles what the calendar owed once its runs have ended, and owes the retries."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from dagster import (
    DagsterInstance,
    DefaultSensorStatus,
    ResourceParam,
    RunRecord,
    SensorEvaluationContext,
    SensorResult,
    sensor,
)

from kordant_pipelines.domain.calendar.retries import Settlement
from kordant_pipelines.orchestration.run_endings import (
    ended_run,
    ended_since,
    is_of_subscription,
    reference,
)
from kordant_pipelines.services.calendar.outcomes import Outcomes
from kordant_pipelines.services.container import Services

PAGE = 500
OVERLAP = timedelta(seconds=15)
"""Read again each tick, since records are not written in the order of their time stamps."""

LOOK_BACK = timedelta(days=1)
"""How far back the first tick reads."""


@sensor(
    name="calendar_run_outcomes_sensor",
    minimum_interval_seconds=1,
    default_status=DefaultSensorStatus.RUNNING,
    description=(
        "Writes down how runs ended. A failed run that may be tried again is owed a retry after "
        "1, 5 and 15 minutes, whoever launched it; one that may not, or has failed four times, "
        "becomes a dead letter."
    ),
)
def run_outcomes_sensor(
    context: SensorEvaluationContext, services: ResourceParam[Services]
) -> SensorResult:
    """One tick: a page of runs that ended, in the order they did."""
    since = datetime.fromisoformat(context.cursor) if context.cursor else _first()
    records = ended_since(context.instance, since, PAGE)
    settled = settle(context.instance, services.calendar.outcomes, records)
    retries = sum(settlement.retry_at is not None for settlement in settled)
    return SensorResult(
        cursor=_next(since, records).isoformat(),
        skip_reason=f"{len(settled)} runs settled, {retries} retries owed.",
    )


def settle(
    instance: DagsterInstance, outcomes: Outcomes, records: Sequence[RunRecord]
) -> list[Settlement]:
    """Settle those of these ended runs that the calendar has not settled."""
    ours = {r.dagster_run.run_id: r for r in records if is_of_subscription(r)}
    unsettled = outcomes.unsettled([reference(record) for record in ours.values()])
    return outcomes.settle([ended_run(instance, ours[run_id]) for run_id in sorted(unsettled)])


def _first() -> datetime:
    # The record's own clock: time stamps in it are the system's.
    return datetime.now(UTC) - LOOK_BACK


def _next(since: datetime, records: Sequence[RunRecord]) -> datetime:
    if not records:
        return since
    last = records[-1].update_timestamp.replace(tzinfo=UTC)
    return last if len(records) == PAGE else max(since, last - OVERLAP)
