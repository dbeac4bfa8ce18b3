"""`kordant schedules`: how often each tier's jobs run, and in which part of the day."""

import json
from collections.abc import Sequence
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Column, Table

from kordant_pipelines.cli.opened import opened_services
from kordant_pipelines.domain.calendar.cadences import CADENCES, Cadence
from kordant_pipelines.domain.calendar.owed import State
from kordant_pipelines.domain.calendar.periods import Window
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.services.calendar.plans import Plan
from kordant_pipelines.services.calendar.schedules import ScheduleStatus

schedules_app = typer.Typer(
    help="How often each tier's jobs run, and when in the day.", no_args_is_help=True
)

JobName = Annotated[
    Job, typer.Argument(help=f"Of use: {', '.join(job.value for job in CADENCES)}.")
]
TierName = Annotated[Tier, typer.Argument()]

_BEGUN = (State.DISPATCHED, State.SUCCEEDED, State.RETRIED, State.DEAD, State.CANCELLED)


@schedules_app.command("list")
def list_(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the schedules, and how far each is in its present period."""
    with opened_services() as services:
        statuses = services.calendar.schedules.statuses()
    if as_json:
        for status in statuses:
            typer.echo(json.dumps(_record(status)))
        return
    Console(highlight=False).print(_table(statuses))


@schedules_app.command("set")
def set_(
    job: JobName,
    tier: TierName,
    cadence: Annotated[Cadence | None, typer.Option(help="How often it is owed.")] = None,
    window: Annotated[
        str | None, typer.Option(help="Part of the day in which runs come due: HH:MM-HH:MM, UTC.")
    ] = None,
) -> None:
    """Let a job of a tier run at another cadence or in another part of the day, from now on.

    Who had a run since the present period began keeps it; everyone else comes due anew.
    """
    parsed = None if window is None else Window.parse(window)
    with opened_services() as services:
        plan = services.calendar.schedules.set(job, tier, cadence=cadence, window=parsed)
    typer.echo(_said(plan))
    if plan.enabled:
        typer.echo("This holds now: whoever had no run in the present period comes due anew.")


@schedules_app.command()
def pause(job: JobName, tier: TierName) -> None:
    """Let a job of a tier rest from now on: what its periods owe and nobody began is put aside.

    Runs under way go on, and so do real-time scans and replays, which no period owes.
    """
    with opened_services() as services:
        plan = services.calendar.schedules.pause(job, tier)
    typer.echo(_said(plan))
    typer.echo("This holds now: what was owed and not begun is put aside. Runs under way go on.")


@schedules_app.command()
def resume(job: JobName, tier: TierName) -> None:
    """Let a paused job of a tier go on from now.

    Who had no run in the present period is owed it.
    """
    with opened_services() as services:
        plan = services.calendar.schedules.resume(job, tier)
    typer.echo(_said(plan))
    typer.echo("This holds now: whoever had no run in the present period is owed it.")


def _table(statuses: Sequence[ScheduleStatus]) -> Table:
    table = Table(
        # Whole, for these are the words that `set` takes.
        *(Column(name, no_wrap=True) for name in ("job", "tier", "cadence", "window", "period")),
        Column("begun", justify="right", no_wrap=True),
        Column("due", justify="right", no_wrap=True),
        box=box.SIMPLE_HEAD,
        collapse_padding=True,
        caption="Windows are in UTC; begun and due are the present period's, without retries."
        "\n* an operator's cadence, not the tier's own",
        caption_justify="left",
    )
    for status in statuses:
        plan = status.plan
        own = plan.cadence is CADENCES[plan.job][plan.tier]
        table.add_row(
            plan.job.value,
            plan.tier.value,
            f"{plan.cadence.value}{'' if own else ' *'}",
            str(plan.window),
            status.period.slot if plan.enabled else "paused",
            str(sum(status.states.get(state, 0) for state in _BEGUN)),
            str(status.states.get(State.OWED, 0)),
        )
    return table


def _said(plan: Plan) -> str:
    paused = "" if plan.enabled else "paused, else "
    how = f"{paused}{plan.cadence.value}, due {plan.window} UTC"
    return f"{plan.job.value} of {plan.tier.value} is {how}."


def _record(status: ScheduleStatus) -> dict[str, object]:
    plan = status.plan
    return {
        "job": plan.job,
        "tier": plan.tier,
        "cadence": plan.cadence,
        "window": str(plan.window),
        "enabled": plan.enabled,
        "own": plan.is_own,
        "period": status.period.slot,
        "states": {state.value: count for state, count in status.states.items()},
    }
