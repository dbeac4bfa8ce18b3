"""The runs under way, read from the run storage in one lean query: no run's body is parsed."""

from dataclasses import dataclass
from datetime import UTC, datetime

from dagster import DagsterInstance, DagsterRunStatus
from dagster._core.storage.runs.schema import RunsTable, RunTagsTable
from dagster._core.storage.tags import PRIORITY_TAG
from dagster_celery.tags import DAGSTER_CELERY_QUEUE_TAG, DAGSTER_CELERY_TASK_ID_TAG
from sqlalchemy import Integer, case, cast, func, not_, or_, select

from kordant_pipelines.domain.fair_share import Claimant
from kordant_pipelines.domain.vanished import UnderWay
from kordant_pipelines.orchestration.engine.celery_config import QUEUE
from kordant_pipelines.orchestration.engine.storage import PooledRunStorage

_LAUNCHED = {
    DagsterRunStatus.STARTING: False,
    DagsterRunStatus.STARTED: True,
    DagsterRunStatus.CANCELING: True,
}


@dataclass(frozen=True, slots=True)
class Launched:
    """A launched run that has not ended, and the queue it was handed to."""

    run: UnderWay
    queue: str


def launched_runs(instance: DagsterInstance) -> list[Launched]:
    """All runs that are STARTING, STARTED or CANCELING."""
    task, queue = (
        select(RunTagsTable.c.value)
        .where(RunTagsTable.c.run_id == RunsTable.c.run_id, RunTagsTable.c.key == key)
        .limit(1)
        .scalar_subquery()
        for key in (DAGSTER_CELERY_TASK_ID_TAG, DAGSTER_CELERY_QUEUE_TAG)
    )
    statement = select(RunsTable.c.run_id, RunsTable.c.status, task, queue).where(
        RunsTable.c.status.in_([status.value for status in _LAUNCHED])
    )
    with pooled(instance).connect() as connection:
        return [
            Launched(UnderWay(run_id, task_id, _LAUNCHED[DagsterRunStatus(status)]), queue or QUEUE)
            for run_id, status, task_id, queue in connection.execute(statement)
        ]


def contenders(instance: DagsterInstance, slots: int) -> tuple[list[Claimant], list[Claimant]]:
    """Queued runs, the oldest first, and those that hold one of the slots.

    Of the queued ones only as many of each job and priority as there are slots: all that can
    start now, however long the queue is.
    """
    runs, tags = RunsTable.c, RunTagsTable.c
    priority = case((tags.value.regexp_match("^-?[0-9]{1,9}$"), cast(tags.value, Integer)), else_=0)
    ranked = (
        select(
            runs.id,
            runs.run_id,
            runs.pipeline_name,
            priority.label("priority"),
            runs.status,
            func.row_number()
            .over(partition_by=(runs.status, runs.pipeline_name, priority), order_by=runs.id)
            .label("place"),
        )
        .select_from(
            RunsTable.outerjoin(
                RunTagsTable, (tags.run_id == runs.run_id) & (tags.key == PRIORITY_TAG)
            )
        )
        .where(runs.status.in_([DagsterRunStatus.QUEUED.value, *(s.value for s in _LAUNCHED)]))
        .subquery()
    )
    queued = ranked.c.status == DagsterRunStatus.QUEUED.value
    statement = (
        select(ranked.c.run_id, ranked.c.pipeline_name, ranked.c.priority, queued)
        .where(or_(not_(queued), ranked.c.place <= slots))
        .order_by(ranked.c.id)
    )
    waiting: list[Claimant] = []
    running: list[Claimant] = []
    with pooled(instance).connect() as connection:
        for run_id, job, urgency, is_queued in connection.execute(statement):
            (waiting if is_queued else running).append(Claimant(run_id, job, urgency))
    return waiting, running


def never_queued(instance: DagsterInstance, created_before: datetime) -> list[str]:
    """Ids of runs that were created before a moment and never got into the queue."""
    statement = select(RunsTable.c.run_id).where(
        RunsTable.c.status == DagsterRunStatus.NOT_STARTED.value,
        RunsTable.c.create_timestamp < created_before.astimezone(UTC).replace(tzinfo=None),
    )
    with pooled(instance).connect() as connection:
        return list(connection.execute(statement).scalars())


def pooled(instance: DagsterInstance) -> PooledRunStorage:
    """The instance's run storage, which must be ours.

    Raises:
        TypeError: it is another: the instance was not made from our dagster.yaml.
    """
    storage = instance.run_storage
    if not isinstance(storage, PooledRunStorage):
        raise TypeError(f"the run storage is {type(storage).__name__}; use the dagster.yaml here")
    return storage
