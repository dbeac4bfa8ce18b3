"""`kordant brokers`: the registry of data brokers, and what stands between us and them."""

from collections import Counter
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from kordant_pipelines.cli.opened import opened_services
from kordant_pipelines.domain.removals.brokers import Broker, Method, Sight
from kordant_pipelines.domain.removals.troubles import OURS
from kordant_pipelines.services.removals.brokers import load_registry
from kordant_pipelines.settings import load_settings

brokers_app = typer.Typer(help="The registry of data brokers.", no_args_is_help=True)

_ASKED = {
    Method.WEB_FORM: "by us, its form",
    Method.EMAIL: "by us, a letter",
    Method.GUIDED: "by the customer",
}
_SEEN = {
    Sight.SITE: "by us",
    Sight.CUSTOMER: "by the customer",
    Sight.NONE: "by nobody",
}


@brokers_app.command("list")
def list_() -> None:
    """List the brokers: how each is asked, and who can check whether it lists someone."""
    brokers = load_registry(load_settings().broker_registry)
    table = Table("broker", "asked", "checked", "covered by", "people of", box=box.SIMPLE_HEAD)
    for broker in sorted(brokers.values(), key=lambda one: one.key):
        places = ", ".join(broker.countries[:4]) + (" …" if len(broker.countries) > 4 else "")
        table.add_row(
            broker.key,
            _ASKED[broker.method],
            _SEEN[broker.sight],
            broker.covered_by or "",
            places or "everywhere",
        )
    console = Console(highlight=False)
    console.print(table)
    for line in _summary(list(brokers.values())):
        console.print(line)


@brokers_app.command("troubles")
def troubles() -> None:
    """List what of which broker does not work, since when, and when one run tries it again."""
    with opened_services() as services:
        found = services.brokers.troubles()
    console = Console(highlight=False)
    if not found:
        console.print("None.")
        return
    table = Table("broker", "what", "why", "since", "tried", "next try", box=box.SIMPLE_HEAD)
    for one in found:
        table.add_row(
            "our mailbox" if one.broker == OURS else one.broker,
            one.part.value,
            one.reason.replace("_", " "),
            f"{one.since:%d %b %H:%M}",
            str(one.times),
            f"{one.try_at:%d %b %H:%M}",
        )
    console.print(table)


@brokers_app.command("mended")
def mended(
    broker: Annotated[str, typer.Argument(help="As `kordant brokers troubles` shows.")],
) -> None:
    """Have a broker in trouble be tried again at once. A changed registry entry does that too."""
    with opened_services() as services:
        parts = services.brokers.mended(broker)
    typer.echo(f"{broker} is tried again: {parts} of its parts were in trouble.")


def _summary(brokers: list[Broker]) -> list[str]:
    asked = Counter(broker.method for broker in brokers)
    seen = Counter(broker.sight for broker in brokers)
    return [
        f"Of {len(brokers)} brokers",
        f"{asked[Method.WEB_FORM]:4} are asked by us, by their form",
        f"{asked[Method.EMAIL]:4} are asked by us, by letter",
        f"{asked[Method.GUIDED]:4} are asked by the customer, along steps",
        f"{seen[Sight.SITE]:4} are checked by us; only these are ever called removed",
        f"{seen[Sight.CUSTOMER]:4} are checked by the customer, whose word is kept as such",
        f"{seen[Sight.NONE]:4} publish no profiles, so that nobody can check them",
    ]
