"""Looks after what was dispatched a while ago: no run may get lost between the two databases."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from dagster import (
    DagsterInstance,
    DagsterRunStatus,
    DefaultSensorStatus,
    ResourceParam,
    RunRecord,
    RunsFilter,
    SensorEvaluationContext,
    SkipReason,
    sensor,
)

from kordant_pipelines.domain.calendar.owed import Owed
from kordant_pipelines.orchestration.run_endings import has_ended
from kordant_pipelines.orchestration.sensors.run_outcomes import settle
from kordant_pipelines.orchestration.tags import OWED
from kordant_pipelines.services.container import Services

PAGE = 1000
QUEUEING_GRACE = timedelta(minutes=5)
"""How long after its creation a run must be queued: only a daemon's death comes between the two."""


@sensor(
    name="calendar_lost_runs_sensor",
    minimum_interval_seconds=15,
    default_status=DefaultSensorStatus.RUNNING,
    description=(
        "Compares what was dispatched more than a minute ago with the runs on record: what has no "
        "run is owed again, what ended unseen is settled, what was created and never queued is "
        "failed, and so owed its retry."
    ),
)
def lost_runs_sensor(
    context: SensorEvaluationContext, services: ResourceParam[Services]
) -> SkipReason:
    """One tick over all that was dispatched a while ago: it is bounded by the queue's depth."""
    now = datetime.now(UTC)
    outcomes = services.calendar.outcomes
    waiting = outcomes.long_dispatched(limit=PAGE)
    records = _records(context.instance, waiting)
    outcomes.note_runs(
        {
            owed.id: records[owed.id].dagster_run.run_id
            for owed, run_id in waiting
            if run_id is None and owed.id in records
        }
    )
    lost = [owed for owed, _ in waiting if owed.id not in records]
    outcomes.give_back(lost)
    settled = settle(context.instance, outcomes, [r for r in records.values() if has_ended(r)])
    failed = [_fail(context.instance, r) for r in records.values() if _never_queued(r, now)]
    return SkipReason(
        f"Of {len(waiting)} under way for over a minute, {len(lost)} had no run and are owed "
        f"again, {len(settled)} had ended unseen, {len(failed)} had never been queued."
    )


def _records(
    instance: DagsterInstance, waiting: Sequence[tuple[Owed, str | None]]
) -> dict[int, RunRecord]:
    """The run of each, by the id of what owes it, if it has one."""
    known = {run_id: owed.id for owed, run_id in waiting if run_id is not None}
    found = {
        known[record.dagster_run.run_id]: record
        for record in (instance.get_run_records(RunsFilter(run_ids=list(known))) if known else ())
    }
    for owed, run_id in waiting:
        if run_id is None:
            # One query each: Postgres plans a search for many tags badly.
            runs = instance.get_run_records(RunsFilter(tags={OWED: owed.key}), ascending=True)
            if runs:
                found[owed.id] = runs[0]
    return found


def _never_queued(record: RunRecord, now: datetime) -> bool:
    created = record.create_timestamp.replace(tzinfo=UTC)
    not_started = record.dagster_run.status is DagsterRunStatus.NOT_STARTED
    return not_started and now - created > QUEUEING_GRACE


def _fail(instance: DagsterInstance, record: RunRecord) -> str:
    run = record.dagster_run
    instance.report_run_failed(run, "The run was created but never queued; it is run anew.")
    return run.run_id
