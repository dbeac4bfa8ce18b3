"""`kordant brokers`: the registry of data brokers."""

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from kordant_pipelines.services.removals.brokers import load_registry
from kordant_pipelines.settings import load_settings

brokers_app = typer.Typer(help="The registry of data brokers.", no_args_is_help=True)


@brokers_app.command("list")
def list_() -> None:
    """List the brokers: how each is asked, who sees whether it lists someone, what covers it."""
    brokers = load_registry(load_settings().broker_registry)
    table = Table("broker", "asked by", "seen by", "covered by", "people of", box=box.SIMPLE_HEAD)
    for broker in sorted(brokers.values(), key=lambda one: one.key):
        places = ", ".join(broker.countries[:4]) + (" …" if len(broker.countries) > 4 else "")
        table.add_row(
            broker.key,
            broker.method.value.replace("_", " "),
            {"site": "us", "customer": "the customer", "none": "nobody"}[broker.sight.value],
            broker.covered_by or "",
            places or "everywhere",
        )
    Console().print(table)


@brokers_app.callback()
def _group() -> None:
    """Keeps `list` a subcommand."""
