"""`kordant schedules`: how often each tier's jobs run, and in which part of the day."""

import json
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

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
    table = Table("job", "tier", "cadence", "window (UTC)", "period", box=box.SIMPLE_HEAD)
    table.add_column("begun", justify="right")
    table.add_column("due", justify="right")
    for status in statuses:
        plan = status.plan
        cadence = plan.cadence.value if plan.enabled else "paused"
        table.add_row(
            plan.job.value,
            plan.tier.value,
            cadence if plan.is_own else f"{cadence} *",
            str(plan.window),
            status.period.slot,
            str(sum(status.states.get(state, 0) for state in _BEGUN)),
            str(status.states.get(State.OWED, 0)),
        )
    if not all(status.plan.is_own for status in statuses):
        table.caption = "* set by an operator, not the tier's own"
    Console(highlight=False).print(table)


@schedules_app.command("set")
def set_(
    job: JobName,
    tier: TierName,
    cadence: Annotated[Cadence | None, typer.Option(help="How often it is owed.")] = None,
    window: Annotated[
        str | None, typer.Option(help="Part of the day in which runs come due: HH:MM-HH:MM, UTC.")
    ] = None,
) -> None:
    """Let a job of a tier run at another cadence or in another part of the day.

    It holds at once: the present period is planned anew for whoever had no run since it began.
    """
    parsed = None if window is None else Window.parse(window)
    with opened_services() as services:
        plan = services.calendar.schedules.set(job, tier, cadence=cadence, window=parsed)
    typer.echo(_told(plan))


@schedules_app.command()
def pause(job: JobName, tier: TierName) -> None:
    """Let a job of a tier rest; what is owed and not begun is put aside."""
    with opened_services() as services:
        plan = services.calendar.schedules.pause(job, tier)
    typer.echo(_told(plan))


@schedules_app.command()
def resume(job: JobName, tier: TierName) -> None:
    """Let a paused job of a tier go on; who had no run in the present period is owed it."""
    with opened_services() as services:
        plan = services.calendar.schedules.resume(job, tier)
    typer.echo(_told(plan))


def _told(plan: Plan) -> str:
    if not plan.enabled:
        return f"{plan.job.value} of {plan.tier.value} is paused."
    return f"{plan.job.value} of {plan.tier.value} is {plan.cadence.value}, due {plan.window} UTC."


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
