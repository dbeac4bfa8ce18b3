"""`kordant env`: what the stock `dagster` and `dg` commands need."""

import shlex

import typer

from kordant_pipelines.domain.errors import Misconfigured
from kordant_pipelines.runtime.environment import resolve
from kordant_pipelines.settings import load_settings


def env() -> None:
    """Print the environment for the stock dagster and dg commands: eval "$(kordant env)"."""
    environment = resolve(load_settings())
    try:
        environment.require_running()
    except Misconfigured as not_running:
        typer.echo(f"kordant: {not_running}", err=True)  # these may be wanted before it runs
    environment.layout.ensure()
    environment.write_instance_config()
    for name, value in environment.variables().items():
        typer.echo(f"export {name}={shlex.quote(value)}")
