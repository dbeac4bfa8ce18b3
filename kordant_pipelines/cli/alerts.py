"""`kordant alerts`: what a customer is told."""

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from kordant_pipelines.cli.opened import opened_services


def alerts(
    subscription_id: Annotated[str, typer.Argument(help="As `kordant subscriptions list` shows.")],
) -> None:
    """Show a subscription's alerts: what, when, and what to do. Identifiers are masked."""
    with opened_services() as services:
        raised = services.alerts.of(subscription_id)
    console = Console(highlight=False)
    if not raised:
        console.print("No alert was raised. Whether all was checked is said by its latest run.")
    for alert in raised:
        when = f"{alert.raised_at:%Y-%m-%d %H:%M}"
        console.print(f"[bold]{when}  {alert.severity.value}  {escape(alert.text.title)}[/]")
        for line in (alert.text.what, alert.text.when, alert.text.action):
            console.print(Padding(escape(line), (0, 0, 0, 2)))
