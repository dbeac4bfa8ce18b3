"""Jobs as a person reads them in a terminal of eighty columns."""

import textwrap
from collections.abc import Iterator, Sequence
from datetime import datetime

from rich import box
from rich.table import Column, Table

from kordant_pipelines.cli.calendar import short
from kordant_pipelines.cli.jobs.api import JobInfo, Letter

_WIDTH = 80
_WHY = {
    "TIME": "not due yet",
    "RETRY": "failed, tried again later",
    "ROOM": "due, behind others",
    "LAUNCH": "being launched",
    "WORKER": "waits for a worker",
}


def jobs_table(jobs: Sequence[JobInfo]) -> Table:
    """A row a job, the newest first."""
    table = Table(
        Column("id", no_wrap=True),
        Column("due (UTC)", no_wrap=True),
        "job",
        Column("subscription", no_wrap=True),
        Column("status", no_wrap=True),
        Column("try", justify="right"),
        box=box.SIMPLE_HEAD,
        collapse_padding=True,
    )
    for job in jobs:
        table.add_row(
            job.id,
            f"{job.due_at:%m-%d %H:%M}",
            short(job.job),
            job.subscription_id,
            job.status.lower(),
            str(job.attempt),
        )
    return table


def letters_table(letters: Sequence[Letter]) -> Table:
    """A row a dead letter, the oldest first."""
    # The ids whole, for they are there to be copied; a run's first digits find it in the UI.
    table = Table(
        Column("id", no_wrap=True),
        Column("failed (UTC)", no_wrap=True),
        "job",
        Column("subscription", no_wrap=True),
        Column("why", no_wrap=True),
        Column("run", no_wrap=True),
        box=box.SIMPLE_HEAD,
        collapse_padding=True,
    )
    for letter in letters:
        table.add_row(
            letter.id,
            f"{letter.failed_at:%m-%d %H:%M}",
            short(letter.job),
            letter.subscription_id,
            letter.failure_kind.lower(),
            letter.run_id[:8],
        )
    return table


def told(job: JobInfo) -> Iterator[str]:
    """A job's status in lines that fit."""
    for line in _told(job):
        indent = " " * (len(line) - len(line.lstrip()))
        yield textwrap.fill(line, _WIDTH, subsequent_indent=f"{indent}  ")


def _told(job: JobInfo) -> Iterator[str]:
    yield f"job {job.id}: {job.job} of {job.subscription_id} ({job.tier.lower()})"
    yield f"{_status(job)}, try {job.attempt}, because {job.reason.lower().replace('_', ' ')}"
    for attempt in job.attempts:
        run = f", run {attempt.run_id}" if attempt.run_id else ""
        yield f"  {attempt.number}. {attempt.state.lower()}, due {attempt.due_at:%m-%d %H:%M}{run}"
        if attempt.failure:
            yield f"     {attempt.failure}"
    if job.progress and job.progress.last_message:
        yield f"now: {job.progress.last_message}"
    if job.result:
        for item in (*job.result.notes, *job.result.counts):
            yield f"{item.name}: {item.value}"


def in_a_line(job: JobInfo) -> str:
    """What is news while a job is watched."""
    return f"{_status(job)}, try {job.attempt}"


def _status(job: JobInfo) -> str:
    status = job.status.lower()
    if job.pending_why:
        until = f" until {_at(job.pending_until)}" if job.pending_until else ""
        return f"{status}: {_WHY[job.pending_why]}{until}"
    if job.cancelled:
        return f"{status}: cancelled"
    return f"{status}: {job.failure_kind.lower()}" if job.failure_kind else status


def _at(moment: datetime) -> str:
    return f"{moment:%m-%d %H:%M:%S} UTC"
