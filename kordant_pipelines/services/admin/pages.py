"""Pages of jobs in SQL, by any filter: the present attempts, the newest first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, case, exists, or_, select
from sqlalchemy.orm import Session, aliased

from kordant_pipelines.domain.calendar.owed import State
from kordant_pipelines.domain.clock import require_aware
from kordant_pipelines.domain.job_status import STATES, JobStatus, RunPhase
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.services.admin.errors import WrongPage
from kordant_pipelines.services.admin.runs import RunRecord
from kordant_pipelines.storage.models import OwedRunRow

LARGEST = 500
_AT_ONCE = 5000
"""Runs under way that are looked at to tell those that run from those that wait."""


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs are wanted; what is None does not matter. Times are those they came due at."""

    job: Job | None = None
    subscription_id: str | None = None
    tier: Tier | None = None
    status: JobStatus | None = None
    since: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        for moment in (self.since, self.until):
            if moment is not None:
                require_aware(moment)


def running_ids(session: Session, record: RunRecord) -> set[int]:
    """The attempts whose runs have started and are not settled yet."""
    rows = session.execute(
        select(OwedRunRow.id, OwedRunRow.revision, OwedRunRow.run_id)
        .where(OwedRunRow.state == State.DISPATCHED)
        .order_by(OwedRunRow.dispatched_at)
        .limit(_AT_ONCE)
    ).all()
    keys = {f"{row.id}.{row.revision}": row.id for row in rows}
    runs = record.by_keys(keys)
    return {keys[key] for key, run in runs.items() if run.phase is not RunPhase.WAITING}


def page_of(
    session: Session,
    wanted: JobFilter,
    running: Collection[int],
    *,
    first: int,
    after: str | None,
) -> tuple[Sequence[tuple[OwedRunRow, int]], bool]:
    """A page of present attempts with their jobs' ids, and whether there is another page.

    Raises:
        WrongPage: as `Jobs.page`.
    """
    if not 1 <= first <= LARGEST:
        raise WrongPage(f"A page has 1 to {LARGEST} jobs, not {first}.")
    statement = _present_attempts(wanted, running)
    if after is not None:
        if not (after.isascii() and after.isdigit() and len(after) <= 18):
            raise WrongPage(f"{after!r} is not a cursor; take nextCursor of the page before.")
        statement = statement.where(OwedRunRow.id < int(after))
    rows = session.execute(statement.order_by(OwedRunRow.id.desc()).limit(first + 1)).all()
    return [(row[0], row[1]) for row in rows[:first]], len(rows) > first


def _present_attempts(wanted: JobFilter, running: Collection[int]) -> Select[OwedRunRow, int]:
    earlier, root = aliased(OwedRunRow), aliased(OwedRunRow)
    first_id = (
        select(root.id)
        .where(
            root.job == OwedRunRow.job,
            root.subscription_id == OwedRunRow.subscription_id,
            root.slot == OwedRunRow.slot,
            root.attempt == 0,
        )
        .scalar_subquery()
    )
    # A period that was owed anew may have attempts of its former life, behind the present one.
    left_over = and_(
        OwedRunRow.attempt > 0,
        exists().where(
            earlier.job == OwedRunRow.job,
            earlier.subscription_id == OwedRunRow.subscription_id,
            earlier.slot == OwedRunRow.slot,
            earlier.attempt < OwedRunRow.attempt,
            earlier.state != State.RETRIED,
        ),
    )
    statement = select(
        OwedRunRow, case((OwedRunRow.attempt == 0, OwedRunRow.id), else_=first_id)
    ).where(OwedRunRow.state != State.RETRIED, ~left_over)
    for column, value in (
        (OwedRunRow.job, wanted.job),
        (OwedRunRow.subscription_id, wanted.subscription_id),
        (OwedRunRow.tier, wanted.tier),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if wanted.since is not None:
        statement = statement.where(OwedRunRow.due_at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(OwedRunRow.due_at < wanted.until)
    if wanted.status is not None:
        statement = statement.where(_has_status(wanted.status, running))
    return statement


def _has_status(status: JobStatus, running: Collection[int]) -> ColumnElement[bool]:
    if status is JobStatus.RUNNING:
        return OwedRunRow.id.in_(running)
    if status is JobStatus.PENDING:
        return or_(
            OwedRunRow.state == State.OWED,
            and_(OwedRunRow.state == State.DISPATCHED, OwedRunRow.id.not_in(running)),
        )
    return OwedRunRow.state.in_(STATES[status])
