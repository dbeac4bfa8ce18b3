"""`kordant db`: the databases' schemas."""

import typer

from kordant_pipelines.cli.prepare import upgrade_databases
from kordant_pipelines.runtime.environment import resolve
from kordant_pipelines.settings import load_settings

db_app = typer.Typer(help="The databases' schemas.", no_args_is_help=True)


@db_app.command()
def upgrade() -> None:
    """Bring both databases, Kordant's and Dagster's, to the schema this version needs."""
    for line in upgrade_databases(resolve(load_settings())):
        typer.echo(line)


@db_app.callback()
def _group() -> None:
    """Keeps `upgrade` a subcommand."""
