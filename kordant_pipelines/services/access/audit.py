"""The audit log: who signed in or changed what, and what became of it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import AuditRow

SIGN_IN = "sign_in"
MUTATION = "mutation"
BEGUN, DONE, FAILED, REFUSED = "begun", "done", "failed", "refused"
_DETAIL = 400
_ACTOR = 80


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log."""

    at: datetime
    actor: str
    action: str
    detail: str
    outcome: str
    address: str

    def as_record(self) -> dict[str, object]:
        """The line for a program to read."""
        return {**asdict(self), "at": self.at.isoformat()}


class AuditLog:
    """The audit log of one domain database. It holds names and ids, never a token or payload."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def begin(self, actor: str, action: str, detail: str, address: str) -> int:
        """Write down what is about to be done, before it is done; the line's id."""
        with self._database.transaction() as session:
            row = write(session, self._clock(), actor, action, detail, BEGUN, address)
            session.flush()
            return row.id

    def end(self, line: int, outcome: str) -> None:
        """Write down what became of it."""
        with self._database.transaction() as session:
            session.execute(update(AuditRow).where(AuditRow.id == line).values(outcome=outcome))

    def note(self, actor: str, action: str, detail: str, outcome: str, address: str) -> None:
        """Write a whole line."""
        with self._database.transaction() as session:
            write(session, self._clock(), actor, action, detail, outcome, address)

    def latest(self, *, limit: int = 100) -> Sequence[Entry]:
        """The newest lines, newest first."""
        with self._database.transaction() as session:
            rows = session.scalars(select(AuditRow).order_by(AuditRow.id.desc()).limit(limit))
            return [
                Entry(row.at, row.actor, row.action, row.detail, row.outcome, row.address)
                for row in rows
            ]


def write(
    session: Session,
    now: datetime,
    actor: str,
    action: str,
    detail: str,
    outcome: str,
    address: str,
) -> AuditRow:
    """Add a line in a transaction that is under way."""
    row = AuditRow(
        at=now,
        actor=actor[:_ACTOR],
        action=action,
        detail=detail[:_DETAIL],
        outcome=outcome,
        address=address[:64],
    )
    session.add(row)
    return row
