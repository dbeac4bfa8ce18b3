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
_COLUMNS = {
    "done": (State.SUCCEEDED,),
    "running": (State.DISPATCHED,),
    "due": (State.OWED,),
    "to come": (None,),
    "failed": _FAILED,
    "put aside": _PUT_ASIDE,
}


def calendar(
    subscription: Annotated[
        str | None, typer.Option(help="Show each run of this subscription.")
    ] = None,
    days: Annotated[int, typer.Option(min=0, max=366, help="How far back and ahead.")] = 7,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show the runs that are owed, by day (UTC) and tier, or one by one for a subscription."""
    with opened_services() as services:
        view = services.calendar.view
        if subscription is not None:
            entries = view.of_subscription(subscription, days)
            table, records = entry_table(entries), [entry.as_record() for entry in entries]
        else:
            counts = view.by_day(days)
            table, records = _day_table(counts), [count.as_record() for count in counts]
    if as_json:
        for record in records:
            typer.echo(json.dumps(record))
        return
    Console(highlight=False).print(table)


def entry_table(entries: Sequence[Entry]) -> Table:
    """A subscription's runs, in order of time."""
    table = Table(
        "due (UTC)",
        "job",
        "period or event",
        "why",
        "state",
        Column("run", no_wrap=True),
        box=box.SIMPLE_HEAD,
        caption="state: to come means that its period is not open yet; failed says how often.",
        caption_justify="left",
    )
    for entry in entries:
        slot = entry.slot if len(entry.slot) <= _LONGEST_SLOT else f"{entry.slot[:_LONGEST_SLOT]}…"
        table.add_row(
            f"{entry.due_at:%m-%d %H:%M}",
            entry.job.value.partition("_")[0],
            slot,
            entry.reason.value.replace("_", " "),
            _state(entry),
            (entry.run_id or "")[:8],
        )
    return table


_LONGEST_SLOT = 14


def _state(entry: Entry) -> str:
    if entry.state is None:
        return "to come"
    failed = f"failed {entry.attempt + 1}×"
    match entry.state:
        case State.OWED:
            return f"due, retry {entry.attempt}" if entry.attempt else "due"
        case State.DISPATCHED:
            return "running"
        case State.RETRIED:
            return failed
        case State.DEAD:
            return f"{failed}, {entry.failure.value if entry.failure else 'dead'}"
        case _:
            return entry.state.value


def _day_table(counts: Sequence[DayCount]) -> Table:
    rows: dict[tuple[date, Job, Tier], Counter[State | None]] = {}
    for count in counts:
        rows.setdefault((count.day, count.job, count.tier), Counter())[count.state] += count.runs
    day_column = Column("day", no_wrap=True, min_width=10)
    table = Table(day_column, "job", "tier", box=box.SIMPLE_HEAD, collapse_padding=True)
    for heading in _COLUMNS:
        table.add_column(heading, justify="right")
    last: date | None = None
    for (day, job, tier), states in rows.items():
        numbers = [sum(states[state] for state in of) for of in _COLUMNS.values()]
        shown = "" if day == last else f"{day}"
        table.add_row(
            shown,
            job.value.partition("_")[0],
            tier.value,
            *(str(number) if number else "" for number in numbers),
        )
        last = day
    return table
