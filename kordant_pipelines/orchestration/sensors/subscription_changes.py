"""Keeps partitions and calendar in step with the subscriptions, by following the change log."""

from dagster import (
    DagsterRunStatus,
    DefaultSensorStatus,
    ResourceParam,
    RunsFilter,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from kordant_pipelines.domain.partitions import partition_changes
from kordant_pipelines.orchestration.partitions import SUBSCRIPTIONS, subscription_partitions
from kordant_pipelines.services.changes import Cursor
from kordant_pipelines.services.container import Services

PAGE = 1000
_UNFINISHED = [
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
    DagsterRunStatus.CANCELING,
]


@sensor(
    name="calendar_subscription_changes_sensor",
    minimum_interval_seconds=5,
    default_status=DefaultSensorStatus.RUNNING,
    description=(
        "Follows what happens to subscriptions. A new one gets its partition and its baseline "
        "scans, one of another tier what that tier has; one that is paused or cancelled is owed "
        "nothing more, and loses its partition once nothing is in flight."
    ),
)
def subscription_changes_sensor(
    context: SensorEvaluationContext, services: ResourceParam[Services]
) -> SensorResult | SkipReason:
    """One tick: a page of the change log, and what still waited for a run to end."""
    page = services.changes.after(Cursor.parse(context.cursor), limit=PAGE)
    if not page.active and not page.inactive:
        return SkipReason("No subscription changed.")
    services.calendar.periods.follow(page.active | page.inactive)
    in_flight = {key for key in page.inactive if _has_unfinished_run(context, key)}
    existing = {
        key
        for key in page.active | page.inactive
        if context.instance.has_dynamic_partition(SUBSCRIPTIONS, key)
    }
    to_add, to_delete = partition_changes(page.active, page.inactive, existing, in_flight)
    return SensorResult(
        cursor=str(page.cursor.waiting_for(in_flight)),
        dynamic_partitions_requests=[
            *([subscription_partitions.build_add_request(sorted(to_add))] if to_add else []),
            *(
                [subscription_partitions.build_delete_request(sorted(to_delete))]
                if to_delete
                else []
            ),
        ],
    )


def _has_unfinished_run(context: SensorEvaluationContext, subscription_id: str) -> bool:
    runs = RunsFilter(statuses=_UNFINISHED, tags={"dagster/partition": subscription_id})
    return bool(context.instance.get_run_ids(runs, limit=1))
