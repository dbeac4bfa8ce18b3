"""Reading from the job-status record which runs ended, and how."""

from collections.abc import Sequence
from datetime import UTC, datetime

from dagster import DagsterEventType, DagsterInstance, DagsterRunStatus, RunRecord, RunsFilter

from kordant_pipelines.domain.calendar.retries import Ended, Ending
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.orchestration.failures import MAY_BE_RETRIED
from kordant_pipelines.orchestration.tags import OWED, PARTITION
from kordant_pipelines.services.calendar.outcomes import EndedRun, RunRef

_ENDINGS = {
    DagsterRunStatus.SUCCESS: Ending.SUCCESS,
    DagsterRunStatus.FAILURE: Ending.FAILURE,
    DagsterRunStatus.CANCELED: Ending.CANCELED,
}
_JOBS = {job.value for job in Job}


def ended_since(instance: DagsterInstance, moment: datetime, limit: int) -> Sequence[RunRecord]:
    """Runs of subscriptions that ended and whose record changed after `moment`, in that order."""
    return instance.get_run_records(
        RunsFilter(statuses=list(_ENDINGS), updated_after=moment),
        limit=limit,
        order_by="update_timestamp",
        ascending=True,
    )


def is_of_subscription(record: RunRecord) -> bool:
    """Whether it is a run of one of the jobs that the calendar knows, for a subscription."""
    run = record.dagster_run
    return run.job_name in _JOBS and PARTITION in run.tags


def has_ended(record: RunRecord) -> bool:
    """Whether the run has ended."""
    return record.dagster_run.status in _ENDINGS


def reference(record: RunRecord) -> RunRef:
    """The run as the calendar refers to it."""
    run = record.dagster_run
    return RunRef(run.run_id, run.tags.get(OWED), run.parent_run_id)


def ended_run(instance: DagsterInstance, record: RunRecord) -> EndedRun:
    """An ended run as the calendar takes it. One that never ran ended when its record changed."""
    run = record.dagster_run
    ending = _ENDINGS[run.status]
    changed = record.update_timestamp.replace(tzinfo=UTC)
    ended = Ended(
        run_id=run.run_id,
        root_run_id=run.root_run_id or run.run_id,
        ending=ending,
        at=datetime.fromtimestamp(record.end_time, UTC) if record.end_time else changed,
        permanent=ending is Ending.FAILURE and _is_permanent(instance, run.run_id),
        started_at=datetime.fromtimestamp(record.start_time, UTC) if record.start_time else None,
    )
    return EndedRun(reference(record), Job(run.job_name), run.tags[PARTITION], ended)


def _is_permanent(instance: DagsterInstance, run_id: str) -> bool:
    """Whether the run itself said that trying again cannot help. A killed one says nothing."""
    for entry in instance.all_logs(run_id, of_type=DagsterEventType.STEP_FAILURE):
        event = entry.dagster_event
        said = event.step_failure_data.user_failure_data if event else None
        answer = said.metadata.get(MAY_BE_RETRIED) if said else None
        if answer is not None and answer.value is False:
            return True
    return False
