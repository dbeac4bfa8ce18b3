"""Finding a job by what a person may hold in hand: its id, or that of any of its runs."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from kordant_pipelines.domain.calendar.owed import State
from kordant_pipelines.services.admin.errors import UnknownJob
from kordant_pipelines.services.admin.runs import RunRecord
from kordant_pipelines.storage.models import OwedRunRow

_ID_DIGITS = 18


def attempts(
    session: Session, record: RunRecord, job_id: str, *, lock: bool = False
) -> list[OwedRunRow]:
    """All attempts of the job, the first one first.

    Raises:
        UnknownJob: no job has this id, nor a run with it.
    """
    row = _row(session, record, job_id)
    if row is None:
        raise UnknownJob(job_id)
    statement = (
        select(OwedRunRow)
        .where(
            OwedRunRow.job == row.job,
            OwedRunRow.subscription_id == row.subscription_id,
            OwedRunRow.slot == row.slot,
        )
        .order_by(OwedRunRow.attempt)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(statement.with_for_update() if lock else statement))


def present(rows: list[OwedRunRow]) -> OwedRunRow:
    """The attempt that says how the job stands: the first that was not followed by a retry."""
    return next((row for row in rows if row.state is not State.RETRIED), rows[-1])


def present_attempt(
    session: Session, record: RunRecord, job_id: str, *, lock: bool = False
) -> tuple[OwedRunRow, int]:
    """The present attempt of a job, and the job's id, which is that of its first attempt.

    Raises:
        UnknownJob: no job has this id, nor a run with it.
    """
    rows = attempts(session, record, job_id, lock=lock)
    return present(rows), rows[0].id


def _row(session: Session, record: RunRecord, job_id: str) -> OwedRunRow | None:
    if job_id.isascii() and job_id.isdigit() and len(job_id) <= _ID_DIGITS:
        return session.get(OwedRunRow, int(job_id))
    row = session.scalars(
        select(OwedRunRow).where(OwedRunRow.run_id == job_id).order_by(OwedRunRow.id).limit(1)
    ).one_or_none()
    if row is not None:
        return row
    key = record.key_of(job_id)
    number = key.partition(".")[0] if key else ""
    return session.get(OwedRunRow, int(number)) if number.isdigit() else None
