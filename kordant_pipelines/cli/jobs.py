"""`kordant jobs`: start a job by hand."""

import asyncio
from typing import Annotated

import httpx
import typer

from kordant_pipelines.cli.dagster_api import DagsterApi
from kordant_pipelines.cli.opened import opened_services
from kordant_pipelines.domain.errors import Misconfigured
from kordant_pipelines.settings import load_settings

jobs_app = typer.Typer(help="Start jobs by hand.", no_args_is_help=True)


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


@jobs_app.callback()
def _group() -> None:
    """Keeps `run` a subcommand."""


async def _launch(url: str, job: str, tags: dict[str, str]) -> str:
    try:
        async with DagsterApi(url) as api:
            return await api.launch(job, tags)
    except httpx.TransportError:
        raise Misconfigured(
            f"No web UI answers at {url}. Start the system with `kordant up`, or name its address "
            "with --url."
        ) from None
