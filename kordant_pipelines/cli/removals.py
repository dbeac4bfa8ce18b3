"""`kordant removals`: authorise, see and help along the removal of profiles."""

import json
from datetime import datetime
from typing import Annotated

import typer
from pydantic import ValidationError
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from kordant_pipelines.cli.opened import opened_services
from kordant_pipelines.domain.errors import RefusedInput
from kordant_pipelines.domain.removals.people import Residence
from kordant_pipelines.domain.removals.replies import EVENTS, MailKind
from kordant_pipelines.services.removals.profiles import Profile
from kordant_pipelines.storage.models import TaskKind

removals_app = typer.Typer(help="Removal of profiles by data brokers.", no_args_is_help=True)

_ASKED = {
    TaskKind.FILE: "the customer files the request",
    TaskKind.LOOK: "the customer looks whether the profile is still there",
    TaskKind.COMPLAIN: "the customer may complain to the authority: the broker is overdue",
    TaskKind.REVIEW: "an operator sees to it",
}
_WHY = {
    "captcha": "its form wants to see a person",
    "guided": "it takes no other requests",
    "no_trace": "our form may have arrived, or not: look first whether the profile is gone",
    "mail_needs_customer": "it wants to see an identity card or the like",
    "no_mailbox": "KORDANT_REMOVALS_ADDRESS and the URLs beside it are not set",
}


@removals_app.command()
def start(
    subscription_id: Annotated[str, typer.Argument(help="As `kordant subscriptions list` shows.")],
    *,
    city: Annotated[str, typer.Option(help="Where the customer lives.")],
    country: Annotated[str, typer.Option(help="Two letters, such as US.")],
    region: Annotated[str | None, typer.Option(help="In the US the state, such as CA.")] = None,
    postal_code: Annotated[str | None, typer.Option(help="Of the customer's address.")] = None,
    also_known_as: Annotated[list[str] | None, typer.Option(help="Repeatable.")] = None,
    authorised: Annotated[
        bool, typer.Option("--authorised", help="The customer signed that we act for them.")
    ] = False,
) -> None:
    """Open a request to every broker that may hold the customer. Repeated, it adds what is new."""
    if not authorised:
        raise RefusedInput(
            "Brokers may ask for the customer's signed authorisation. Once you hold it, say "
            "--authorised."
        )
    try:
        home = Residence(
            city=city,
            region=region.upper() if region else None,
            postal_code=postal_code,
            country=country.upper(),
        )
        profile = Profile(residence=home, other_names=tuple(also_known_as or ()))
    except ValidationError as error:
        faults = "; ".join(
            f"--{'-'.join(map(str, fault['loc'])).replace('_', '-')}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_input=False)
        )
        raise RefusedInput(faults) from None
    with opened_services() as services:
        opened = services.removals.start(subscription_id, profile)
    typer.echo(f"{opened} requests opened for {subscription_id}")


@removals_app.command("list")
def list_(
    subscription_id: Annotated[str, typer.Argument(help="As `kordant subscriptions list` shows.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show how a subscription's requests stand, and what comes next for each."""
    with opened_services() as services:
        requests = services.removals.of(subscription_id)
    if as_json:
        for one in requests:
            record = {
                "id": one.id,
                "broker": one.broker,
                "generation": one.generation,
                "state": one.state.value,
                "since": one.state_since.isoformat(),
                "deadline": one.deadline.isoformat() if one.deadline else None,
                "looked_at": one.looked_at.isoformat() if one.looked_at else None,
                "listed": one.listed,
                "customer_saw": {True: "listed", False: "gone", None: None}[one.customer_saw],
                "next": one.next_action,
                "next_at": one.next_at.isoformat(),
            }
            typer.echo(json.dumps(record))
        return
    columns = (Column("broker", overflow="fold"), Column("state", no_wrap=True))
    table = Table(*columns, "seen", "due", "next", box=box.SIMPLE_HEAD)
    for one in requests:
        again = f" ×{one.generation}" if one.generation > 1 else ""
        seen = _seen(one.listed, one.customer_saw)
        table.add_row(
            f"{one.broker}{again}",
            one.state.value.replace("_", " "),
            seen,
            _day(one.deadline),
            f"{_day(one.next_at)} {one.next_action.replace('_', ' ')}",
        )
    table.caption = "due: until when the broker has to answer; next: what comes next, and when."
    table.caption_justify = "left"
    Console().print(table)
    if not requests:
        typer.echo("None. `kordant removals start` opens them.")


@removals_app.command()
def tasks(
    subscription_id: Annotated[
        str | None, typer.Argument(help="Of this subscription; default: of all.")
    ] = None,
) -> None:
    """List what customers and operators are asked to do."""
    with opened_services() as services:
        found = services.removals.tasks(subscription_id)
    console = Console(highlight=False)
    if not found:
        console.print("Nothing is asked of anybody.")
    for task in found:
        why = f" ({_WHY.get(task.reason, task.reason)})" if task.reason else ""
        console.print(f"[bold]{task.id}[/]  {task.subscription_id}  {escape(task.broker.name)}")
        console.print(f"  {_ASKED[task.kind]}{why}", soft_wrap=True)
        if task.kind in {TaskKind.FILE, TaskKind.LOOK}:
            page = task.broker.page_to_file if task.kind is TaskKind.FILE else task.broker.url
            console.print(f"  {escape(page)}", soft_wrap=True)
        if task.kind is TaskKind.FILE:
            for number, step in enumerate(task.broker.steps, start=1):
                console.print(f"  {number}. {escape(step)}", soft_wrap=True)


@removals_app.command()
def done(
    task_id: Annotated[str, typer.Argument(help="As `kordant removals tasks` shows.")],
    *,
    listed: Annotated[
        bool | None,
        typer.Option("--listed/--gone", help="For a look: is the profile still there?"),
    ] = None,
    said: Annotated[
        MailKind | None, typer.Option(help="For a review: what the broker's mail says.")
    ] = None,
) -> None:
    """Say that a task was done."""
    if said is not None and said not in EVENTS:
        meant = ", ".join(kind.value for kind in EVENTS)
        raise RefusedInput(f"--said {said.value} changes nothing; say one of {meant}.")
    with opened_services() as services:
        state = services.removals.done(task_id, listed=listed, said=said)
    typer.echo(f"{task_id} is done; the request is {state.value.replace('_', ' ')} now.")


def _seen(listed: bool | None, customer_saw: bool | None) -> str:  # noqa: FBT001 - one caller
    if listed is None and customer_saw is not None:
        return "customer: listed" if customer_saw else "customer: gone"
    return {True: "listed", False: "gone", None: "never"}[listed]


def _day(moment: datetime | None) -> str:
    return f"{moment:%d %b}" if moment else ""
