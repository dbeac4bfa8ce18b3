"""The table of commands."""

import sys
from importlib import metadata
from typing import Annotated

import typer

from kordant_pipelines.cli.alerts import alerts
from kordant_pipelines.cli.brokers import brokers_app
from kordant_pipelines.cli.calendar import calendar
from kordant_pipelines.cli.db import db_app
from kordant_pipelines.cli.demo.command import demo
from kordant_pipelines.cli.env import env
from kordant_pipelines.cli.jobs.commands import jobs_app
from kordant_pipelines.cli.keys import keys_app
from kordant_pipelines.cli.properties import properties_app
from kordant_pipelines.cli.removals import removals_app
from kordant_pipelines.cli.reports import reports_app
from kordant_pipelines.cli.schedules import schedules_app
from kordant_pipelines.cli.subscriptions.commands import subscriptions_app
from kordant_pipelines.cli.tokens import tokens_app
from kordant_pipelines.cli.up import up
from kordant_pipelines.cli.voice.commands import voice_app
from kordant_pipelines.cli.worker import worker
from kordant_pipelines.domain.errors import KordantError

EXIT_REFUSED = 2

commands = typer.Typer(
    name="kordant",
    help="Kordant's background jobs: breach scans for every subscription, on Dagster.",
    no_args_is_help=True,
    invoke_without_command=True,
    pretty_exceptions_enable=False,  # its tracebacks show local variables, personal data among them
    add_completion=False,
)


@commands.callback()
def _options(
    *,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    if version:
        typer.echo(metadata.version("kordant-pipelines"))
        raise typer.Exit


commands.command()(up)
commands.command()(demo)
commands.command()(env)
commands.command()(worker)
commands.command()(alerts)
commands.add_typer(brokers_app, name="brokers")
commands.command()(calendar)
commands.add_typer(db_app, name="db")
commands.add_typer(jobs_app, name="jobs")
commands.add_typer(keys_app, name="keys")
commands.add_typer(properties_app, name="properties")
commands.add_typer(removals_app, name="removals")
commands.add_typer(reports_app, name="reports")
commands.add_typer(schedules_app, name="schedules")
commands.add_typer(subscriptions_app, name="subscriptions")
commands.add_typer(tokens_app, name="tokens")
commands.add_typer(voice_app, name="voice")


def app() -> None:
    """Run a command; what a person can mend is said in a sentence, without a traceback."""
    try:
        commands()
    except KordantError as error:
        sys.stderr.write(f"kordant: {error}\n")
        sys.exit(EXIT_REFUSED)
