"""`kordant calendar`: what is due when, and what happened."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Column, Table

from kordant_pipelines.cli.opened import opened_services
from kordant_pipelines.domain.calendar.owed import State
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.services.calendar.view import DayCount, Entry

_FAILED = (State.RETRIED, State.DEAD)
_PUT_ASIDE = (State.CANCELLED, State.DROPPED, State.SUPERSEDED)
_WORDS = {
    State.SUCCEEDED: "done",
    State.DISPATCHED: "running",
    State.OWED: "due",
    State.RETRIED: "failed",
}
_COLUMNS = {
    "done": (State.SUCCEEDED,),
    "running": (State.DISPATCHED,),
    "due": (State.OWED,),
    "to come": (None,),
    "failed": _FAILED,
    "aside": _PUT_ASIDE,
}


def calendar(
    subscription: Annotated[
        str | None, typer.Option(help="Show each run of this subscription.")
    ] = None,
    days: Annotated[int, typer.Option(min=0, max=366, help="How far back and ahead.")] = 7,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show what was and will be due, by day (UTC), job and tier, or run by run for a subscription.

    Runs whose period is not open yet are foretold from the schedules as they are now.
    """
    with opened_services() as services:
        view = services.calendar.view
        if subscription is not None:
            entries = view.of_subscription(subscription, days)
            table, records = _entry_table(entries), [entry.as_record() for entry in entries]
        else:
            counts = view.by_day(days)
            table, records = _day_table(counts), [count.as_record() for count in counts]
    if as_json:
        for record in records:
            typer.echo(json.dumps(record))
    elif records:
        Console(highlight=False).print(table)
    else:
        typer.echo(f"Nothing was or will be due within {days} days of now.")


def short(job: Job) -> str:
    """A job's name as narrow tables show it: "darkwatch"."""
    return job.value.partition("_")[0]


def told(entry: Entry) -> str:
    """What became of a run, in the words of the tables' headings: "running, retry 2"."""
    match entry.state:
        case None:
            return "to come"
        case State.DEAD:
            return f"dead, {entry.failure.value if entry.failure else 'failed'}"
        case state:
            word = _WORDS.get(state, state.value)
            return f"{word}, retry {entry.attempt}" if entry.attempt else word


def _entry_table(entries: Sequence[Entry]) -> Table:
    table = Table(
        *(Column(name, no_wrap=True) for name in ("due (UTC)", "job", "for", "why")),
        "state",
        Column("run", no_wrap=True),
        box=box.SIMPLE_HEAD,
        collapse_padding=True,
        caption="to come: foretold, its period is not open yet",
        caption_justify="left",
    )
    for entry in entries:
        table.add_row(
            f"{entry.due_at:%m-%d %H:%M}",
            short(entry.job),
            # Of an event that is named by a moment or a run, other columns show which.
            entry.slot if len(entry.slot) <= _LONGEST_SLOT else entry.slot.partition("/")[0],
            entry.reason.value.replace("_", " "),
            told(entry),
            (entry.run_id or "")[:8],
        )
    return table


_LONGEST_SLOT = 12


def _day_table(counts: Sequence[DayCount]) -> Table:
    rows: dict[tuple[date, Job, Tier], Counter[State | None]] = {}
    for count in counts:
        rows.setdefault((count.day, count.job, count.tier), Counter())[count.state] += count.runs
    table = Table(
        Column("day", no_wrap=True),
        "job",
        Column("tier", no_wrap=True),
        *(Column(heading, justify="right", no_wrap=True) for heading in _COLUMNS),
        box=box.SIMPLE_HEAD,
        collapse_padding=True,
        caption="to come: foretold, the period is not open yet; failed: attempts, retries\n"
        "among them; aside: cancelled, dropped or superseded",
        caption_justify="left",
    )
    last: date | None = None
    for (day, job, tier), states in rows.items():
        numbers = [sum(states[state] for state in of) for of in _COLUMNS.values()]
        table.add_row(
            "" if day == last else f"{day:%m-%d}",
            short(job),
            tier.value,
            *(str(number) if number else "" for number in numbers),
        )
        last = day
    return table
