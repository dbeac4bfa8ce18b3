"""A subscription's jobs: what happened last, and what is due next."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich import box
from rich.table import Column, Table

from kordant_pipelines.cli.calendar import short, told
from kordant_pipelines.domain.calendar.owed import State
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.services.calendar.view import Entry

DAYS_READ = 62
"""Two months: the last and the next run of a monthly job may lie nearly that far off."""

_RAN = (State.SUCCEEDED, State.RETRIED, State.DEAD, State.CANCELLED)
_OPEN = (State.OWED, State.DISPATCHED, None)


@dataclass(frozen=True, slots=True)
class Standing:
    """A job's run that ended last, and its first that did not end yet."""

    job: Job
    last: Entry | None
    next: Entry | None

    def as_record(self) -> dict[str, object]:
        """The standing for a program to read."""
        return {
            "job": self.job,
            "last": self.last.as_record() if self.last else None,
            "next": self.next.as_record() if self.next else None,
        }


def standings(entries: Sequence[Entry]) -> list[Standing]:
    """How each job stands, by a subscription's entries in order of time.

    What was put aside, or superseded by a later run, is neither: nothing happened then.
    """
    found: list[Standing] = []
    for job in Job:
        ran = [one for one in entries if one.job is job and one.state in _RAN and one.ended_at]
        ahead = [one for one in entries if one.job is job and one.state in _OPEN]
        if ran or ahead:
            last = max(ran, key=lambda one: (one.ended_at, one.attempt), default=None)
            found.append(Standing(job, last, ahead[0] if ahead else None))
    return found


def standing_table(jobs: Sequence[Standing]) -> Table:
    """A row a job."""
    table = Table(
        "job",
        Column("last (UTC)", no_wrap=True),
        "ended",
        Column("run", no_wrap=True),
        Column("next (UTC)", no_wrap=True),
        "state",
        box=box.SIMPLE_HEAD,
        collapse_padding=True,
    )
    for standing in jobs:
        last, ahead = standing.last, standing.next
        table.add_row(
            short(standing.job),
            f"{last.ended_at:%m-%d %H:%M}" if last else "",
            told(last) if last else "never",
            (last.run_id or "")[:8] if last else "",
            f"{ahead.due_at:%m-%d %H:%M}" if ahead else "none",
            told(ahead) if ahead else "",
        )
    return table
