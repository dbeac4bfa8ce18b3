"""Jobs as the admin sees them: one with all that is known of it, or a page of many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from kordant_pipelines.domain.calendar.owed import Failure, Reason, State
from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.job_status import JobStatus, RunPhase, Standing, standing_of
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.services.admin.errors import UnknownJob
from kordant_pipelines.services.admin.lookup import attempts, present
from kordant_pipelines.services.admin.pages import JobFilter, page_of, running_ids
from kordant_pipelines.services.admin.runs import Progress, RunRecord, RunResult, RunState
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import OwedRunRow, SubscriptionRow


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try; `state` tells what became of it."""

    number: int
    state: State
    due_at: datetime
    run_id: str | None
    started_at: datetime | None
    ended_at: datetime | None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class JobView:
    """A job's status. The details are there if one job was asked for."""

    id: str
    job: Job
    subscription_id: str
    tier: Tier
    reason: Reason
    slot: str
    standing: Standing
    attempt: int
    due_at: datetime
    run_id: str | None
    started_at: datetime | None
    ended_at: datetime | None
    failure: Failure | None
    cancelled: bool
    attempts: Sequence[Attempt] = ()
    progress: Progress | None = None
    result: RunResult | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of jobs; `next_cursor` is None on the last."""

    jobs: Sequence[JobView]
    next_cursor: str | None


class Jobs:
    """Reads the jobs of one domain database, beside the record of their runs."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def status(self, job_id: str, record: RunRecord) -> JobView:
        """One job, by its id or that of any of its runs.

        A run launched in Dagster's UI is a job of its own from its start.

        Raises:
            UnknownJob: there is none.
        """
        with self._database.transaction() as session:
            try:
                rows = attempts(session, record, job_id)
            except UnknownJob:
                return _of_hand_run(session, record, job_id)
        runs = _runs_of(record, rows)
        row = present(rows)
        view = _view(row, rows[0].id, runs.get(row.id), self._clock())
        tried = [
            Attempt(
                number=one.attempt + 1,
                state=one.state,
                due_at=one.due_at,
                run_id=runs[one.id].run_id if one.id in runs else one.run_id,
                started_at=runs[one.id].started_at if one.id in runs else None,
                ended_at=one.ended_at,
                failure=_failure_of(record, one),
            )
            for one in rows
            if one.attempt <= row.attempt
        ]
        return _detailed(replace(view, attempts=tried), record)

    def page(
        self, wanted: JobFilter, record: RunRecord, *, first: int = 50, after: str | None = None
    ) -> Page:
        """Jobs that fit, the one that was last owed an attempt first.

        Raises:
            WrongPage: `first` is not from 1 to 500, or `after` no cursor of a page before.
        """
        with self._database.transaction() as session:
            by_run = wanted.status in {JobStatus.RUNNING, JobStatus.PENDING}
            running = running_ids(session, record) if by_run else ()
            rows, more = page_of(session, wanted, running, first=first, after=after)
        dispatched = [row for row, _ in rows if row.state is State.DISPATCHED]
        runs = _runs_of(record, dispatched)
        now = self._clock()
        views = [_view(row, first_id, runs.get(row.id), now) for row, first_id in rows]
        return Page(views, str(rows[-1][0].id) if more else None)


def _runs_of(record: RunRecord, rows: Sequence[OwedRunRow]) -> Mapping[int, RunState]:
    """The runs of these attempts, by the attempts' ids, as far as they are on record."""
    known = {row.run_id: row.id for row in rows if row.run_id is not None}
    found = {known[run_id]: run for run_id, run in record.by_ids(known).items()} if known else {}
    keys = {
        row.to_domain().key: row.id
        for row in rows
        if row.run_id is None and row.state is State.DISPATCHED
    }
    if keys:
        found |= {keys[key]: run for key, run in record.by_keys(keys).items()}
    return found


def _view(row: OwedRunRow, first_id: int, run: RunState | None, now: datetime) -> JobView:
    return JobView(
        id=str(first_id),
        job=row.job,
        subscription_id=row.subscription_id,
        tier=row.tier,
        reason=row.reason,
        slot=row.slot,
        standing=standing_of(
            row.state,
            attempt=row.attempt,
            due_at=row.due_at,
            phase=run.phase if run else None,
            now=now,
        ),
        attempt=row.attempt + 1,
        due_at=row.due_at,
        run_id=run.run_id if run else row.run_id,
        started_at=run.started_at if run else None,
        ended_at=row.ended_at,
        failure=row.failure,
        cancelled=row.state is State.CANCELLED,
    )


def _detailed(view: JobView, record: RunRecord) -> JobView:
    if view.run_id is None:
        return view
    if view.standing.status is JobStatus.RUNNING:
        return replace(view, progress=record.progress(view.run_id))
    if view.standing.status in {JobStatus.COMPLETED, JobStatus.FAILED}:
        return replace(view, result=record.result(view.run_id))
    return view


def _failure_of(record: RunRecord, row: OwedRunRow) -> str | None:
    if row.run_id is None or row.state not in {State.RETRIED, State.DEAD}:
        return None
    return record.result(row.run_id).failure


_OF_PHASE = {
    RunPhase.WAITING: State.DISPATCHED,
    RunPhase.STARTED: State.DISPATCHED,
    RunPhase.CANCELING: State.DISPATCHED,
    RunPhase.SUCCEEDED: State.SUCCEEDED,
    RunPhase.CANCELED: State.CANCELLED,
    # Whether it is tried again is decided when the calendar takes it in.
    RunPhase.FAILED: State.DISPATCHED,
}


def _of_hand_run(session: Session, record: RunRecord, run_id: str) -> JobView:
    run = record.by_hand(run_id)
    subscription = session.get(SubscriptionRow, run.subscription_id) if run else None
    if run is None or subscription is None:
        raise UnknownJob(run_id)
    state = _OF_PHASE[run.state.phase]
    view = JobView(
        id=run_id,
        job=run.job,
        subscription_id=run.subscription_id,
        tier=subscription.tier,
        reason=Reason.BY_HAND,
        slot=f"run/{run_id}",
        standing=standing_of(
            state, attempt=0, due_at=run.created_at, phase=run.state.phase, now=run.created_at
        ),
        attempt=1,
        due_at=run.created_at,
        run_id=run_id,
        started_at=run.state.started_at,
        ended_at=run.state.ended_at,
        failure=None,
        cancelled=state is State.CANCELLED,
    )
    return _detailed(view, record)
