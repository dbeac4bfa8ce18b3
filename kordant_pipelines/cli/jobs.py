"""`kordant jobs`: start a job by hand, and see to those that failed for good."""

import asyncio
import json
from typing import Annotated

import httpx
import typer
from rich import box
from rich.console import Console
from rich.table import Column, Table

from kordant_pipelines.cli.calendar import short
from kordant_pipelines.cli.dagster_api import DagsterApi
from kordant_pipelines.cli.opened import opened_services
from kordant_pipelines.domain.errors import Misconfigured, RefusedInput
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.settings import load_settings

jobs_app = typer.Typer(help="Start jobs by hand; see to dead letters.", no_args_is_help=True)


@jobs_app.command()
def run(
    job: Annotated[str, typer.Argument(help="Such as darkwatch_scan.")],
    subscription_id: Annotated[str, typer.Argument(help="As `kordant subscriptions list` shows.")],
    url: Annotated[
        str | None, typer.Option(help="Of the web UI; default: KORDANT_HOST and KORDANT_PORT.")
    ] = None,
) -> None:
    """Queue a job for one active subscription, and print its run's id."""
    settings = load_settings()
    address = url or f"http://{settings.host}:{settings.port}"
    with opened_services() as services:
        tier = services.subscriptions.tier_of(subscription_id)
    tags = {
        "dagster/partition": subscription_id,
        "kordant/tier": tier.value,
        "kordant/reason": "manual",
    }
    typer.echo(asyncio.run(_launch(address, job, tags)))


@jobs_app.command("dead-letters")
def dead_letters(
    job: Annotated[Job | None, typer.Option(help="Only those of this job.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most, oldest first.")] = 100,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the runs that failed for good and that nothing has made up for since.

    permanent: trying again could not help; exhausted: every retry failed too.
    """
    with opened_services() as services:
        letters = services.calendar.dead_letters.list(job=job, limit=limit)
    if as_json:
        for letter in letters:
            typer.echo(json.dumps(letter.as_record()))
        return
    if not letters:
        typer.echo("There is no dead letter.")
        return
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
        failed_at = f"{letter.failed_at:%m-%d %H:%M}"
        subscription, why = letter.subscription_id, letter.failure.value
        job_name, run_id = short(letter.job), letter.run_id[:8]
        table.add_row(str(letter.id), failed_at, job_name, subscription, why, run_id)
    if len(letters) == limit:
        table.caption = f"The oldest {limit}; there may be more: --limit."
    Console(highlight=False).print(table)


@jobs_app.command()
def replay(
    ids: Annotated[list[int] | None, typer.Argument(help="As `dead-letters` shows them.")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All that are open.")] = False,
) -> None:
    """Run dead letters anew, with all their retries."""
    if everything == bool(ids):
        raise RefusedInput("Name the dead letters to replay, or say --all, one of the two.")
    with opened_services() as services:
        letters = services.calendar.dead_letters
        chosen = ids or [letter.id for letter in letters.list(limit=None)]
        replayed = letters.replay(chosen)
    if not replayed:
        typer.echo("There is no dead letter to replay.")
        return
    typer.echo(f"{replayed} owed anew; a running system launches them within some seconds.")


async def _launch(url: str, job: str, tags: dict[str, str]) -> str:
    try:
        async with DagsterApi(url) as api:
            return await api.launch(job, tags)
    except httpx.TransportError:
        raise Misconfigured(
            f"No web UI answers at {url}. Start the system with `kordant up`, or name its address "
            "with --url."
        ) from None
