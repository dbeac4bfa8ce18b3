"""The table of commands, and those that are short."""

import json
from collections.abc import Sequence
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Column, Table

from kordant_pipelines.cli.opened import opened_services
from kordant_pipelines.cli.subscriptions.adding import add, import_
from kordant_pipelines.cli.subscriptions.standing import DAYS_READ, standing_table, standings
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.services.subscriptions import Summary

subscriptions_app = typer.Typer(help="What customers bought.", no_args_is_help=True)
subscriptions_app.command()(add)
subscriptions_app.command("import")(import_)

Id = Annotated[str, typer.Argument(help="As `list` shows it.")]

_SOON = "It takes effect within some seconds, once a running system's sensor has seen it."


@subscriptions_app.command("set-tier")
def set_tier(
    subscription_id: Id, tier: Annotated[Tier, typer.Argument(help="What it is to be.")]
) -> None:
    """Move a subscription to another tier.

    What the new tier has and was not run in its present period is owed at once.
    """
    with opened_services() as services:
        services.subscriptions.set_tier(subscription_id, tier)
    _tell(subscription_id, f"{tier.value}: it is owed what {tier.value} has and it had not.")


@subscriptions_app.command()
def pause(subscription_id: Id) -> None:
    """Let nothing run for a subscription until it is resumed; what is in flight ends."""
    with opened_services() as services:
        services.subscriptions.pause(subscription_id)
    _tell(subscription_id, "paused: no run starts; those under way go on.")


@subscriptions_app.command()
def resume(subscription_id: Id) -> None:
    """Let a paused subscription go on: it is owed at once what it had not had of this period."""
    with opened_services() as services:
        services.subscriptions.resume(subscription_id)
    _tell(subscription_id, "active: it is owed what it missed of this period.")


@subscriptions_app.command()
def cancel(subscription_id: Id) -> None:
    """Cancel a subscription: what is in flight ends, and nothing runs for it any more."""
    with opened_services() as services:
        services.subscriptions.cancel(subscription_id)
    _tell(subscription_id, "cancelled: no run starts; those under way go on.")


@subscriptions_app.command()
def show(
    subscription_id: Id,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show a subscription, and of each job its last run and its next: no personal data.

    All its runs, one by one: kordant calendar --subscription ID
    """
    with opened_services() as services:
        summary = services.subscriptions.summary(subscription_id)
        jobs = standings(services.calendar.view.of_subscription(subscription_id, DAYS_READ))
    if as_json:
        records = [standing.as_record() for standing in jobs]
        typer.echo(json.dumps({**_record(summary), "jobs": records}))
        return
    console = Console(highlight=False)
    console.print(_table([summary]))
    if jobs:
        console.print(standing_table(jobs))
    else:
        console.print("Nothing is owed to it, and nothing ran for it in the last two months.")


@subscriptions_app.command("list")
def list_(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the subscriptions: ids and counts, no personal data."""
    with opened_services() as services:
        rows = services.subscriptions.summaries()
    if as_json:
        for row in rows:
            typer.echo(json.dumps(_record(row)))
        return
    Console().print(_table(rows))


def _tell(subscription_id: str, what: str) -> None:
    typer.echo(f"{subscription_id} is {what}")
    typer.echo(_SOON)


def _record(row: Summary) -> dict[str, object]:
    return {
        "id": row.id,
        "ref": row.ref,
        "tier": row.tier,
        "status": row.status,
        "items": row.items,
        "created_at": row.created_at.isoformat(),
    }


def _table(rows: Sequence[Summary]) -> Table:
    # The id whole, for it is there to be copied.
    subscription = Column("subscription", no_wrap=True, min_width=len(rows[0].id) if rows else None)
    since = Column("since", no_wrap=True, min_width=10)
    table = Table(
        subscription,
        "sale",
        "tier",
        "status",
        "watched",
        since,
        box=box.SIMPLE_HEAD,
        collapse_padding=True,
    )
    for row in rows:
        day = f"{row.created_at:%Y-%m-%d}"
        table.add_row(row.id, row.ref, row.tier, row.status, str(row.items), day)
    return table
