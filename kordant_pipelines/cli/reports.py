"""`kordant reports`: which reports there are, and fetching one."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Column, Table

from kordant_pipelines.cli.opened import opened_services
from kordant_pipelines.domain.errors import RefusedInput

reports_app = typer.Typer(help="Customers' reports.", no_args_is_help=True)


@reports_app.command("list")
def list_(
    subscription_id: Annotated[str, typer.Argument(help="As `kordant subscriptions list` shows.")],
) -> None:
    """List a subscription's reports, oldest first."""
    with opened_services() as services:
        rows = services.reports.of(subscription_id)
    console = Console(highlight=False)
    if not rows:
        console.print("No report was made yet. `kordant jobs run reports_generate` makes one.")
        return
    # The id whole, for it is there to be copied.
    report = Column("report", no_wrap=True, min_width=len(rows[0].id))
    table = Table(report, "period", "covers", "pages", "bytes", "made", box=box.SIMPLE_HEAD)
    for row in rows:
        covers = f"{row.first_day} to {row.last_day}"
        made = f"{row.created_at:%Y-%m-%d}"
        table.add_row(row.id, row.period, covers, str(row.pages), str(row.size), made)
    console.print(table)


@reports_app.command()
def save(
    report_id: Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it.")],
    file: Annotated[Path, typer.Argument(help="Where to write the PDF; must not be there yet.")],
) -> None:
    """Decrypt a report into a file that only you can read. It holds personal data."""
    with opened_services() as services:
        record, pdf = services.reports.document(report_id)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as target:
            target.write(pdf)
    except OSError as error:
        raise RefusedInput(f"{file} cannot be written: {error.strerror}.") from None
    typer.echo(f"{record.pages} pages, {record.size} bytes in {file}")
