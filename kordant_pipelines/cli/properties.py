"""`kordant properties`: the homes that are watched, and the names that belong with each."""

import json
from typing import Annotated

import typer
from pydantic import ValidationError
from rich import box
from rich.console import Console
from rich.table import Column, Table

from kordant_pipelines.cli.opened import opened_services
from kordant_pipelines.domain.errors import RefusedInput
from kordant_pipelines.services.hometitle.new_property import NewProperty

properties_app = typer.Typer(help="The homes that are watched.", no_args_is_help=True)

Owners = Annotated[list[str] | None, typer.Option("--owner", help="Who owns it; repeatable.")]
Lenders = Annotated[list[str] | None, typer.Option("--lender", help="Who lent on it; repeatable.")]


@properties_app.command()
def add(
    subscription_id: Annotated[str, typer.Argument(help="As `kordant subscriptions list` shows.")],
    county: Annotated[
        str, typer.Option(help="nyc, cook, philadelphia, or a county's FIPS code such as 48453.")
    ],
    parcel: Annotated[
        str,
        typer.Option(
            help="BBL (1-00477-0012), PIN (17-09-410-014-1001) or OPA number (9 digits); elsewhere "
            "the address: 12 Elm St, Austin, TX 78701."
        ),
    ],
    owner: Owners = None,
    lender: Lenders = None,
) -> None:
    """Watch a home. Without --owner, the customer is taken for its only owner."""
    try:
        new = NewProperty(
            county=county, parcel=parcel, owners=tuple(owner or ()), lenders=tuple(lender or ())
        )
    except ValidationError as error:
        raise RefusedInput(_wrong_name(error)) from None
    with opened_services() as services:
        property_id, is_new = services.properties.add(subscription_id, new)
    done = "added: a scan of it is owed now" if is_new else "is watched already, left as it was"
    typer.echo(f"{property_id} {done}")


@properties_app.command()
def know(
    property_id: Annotated[str, typer.Argument(help="As `list` shows it.")],
    owner: Owners = None,
    lender: Lenders = None,
) -> None:
    """Add names that belong with a home, as when its owner answers a question of ours."""
    if not owner and not lender:
        raise RefusedInput("Give at least one --owner or --lender.")
    try:
        names = NewProperty(
            county="", parcel="", owners=tuple(owner or ()), lenders=tuple(lender or ())
        )
    except ValidationError as error:
        raise RefusedInput(_wrong_name(error)) from None
    with opened_services() as services:
        services.properties.know(property_id, names.owners, names.lenders)
    typer.echo(f"{property_id} is known with them.")


@properties_app.command()
def remove(
    property_id: Annotated[str, typer.Argument(help="As `list` shows it.")],
) -> None:
    """Stop watching a home."""
    with opened_services() as services:
        services.properties.remove(property_id)
    typer.echo(f"{property_id} is not watched any more.")


@properties_app.command("list")
def list_(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the watched homes: ids, counts and days, no personal data."""
    with opened_services() as services:
        rows = services.properties.summaries()
    if as_json:
        for row in rows:
            record = {
                "id": row.id,
                "subscription": row.subscription_id,
                "county": row.county,
                "register": row.register,
                "owners": row.owners,
                "lenders": row.lenders,
                "documents": row.documents,
                "checked_at": row.checked_at.isoformat() if row.checked_at else None,
                "good_through": row.good_through.isoformat() if row.good_through else None,
            }
            typer.echo(json.dumps(record))
        return
    # The id whole, for it is there to be copied.
    home = Column("home", no_wrap=True, min_width=len(rows[0].id) if rows else None)
    subscription = Column("subscription", no_wrap=True)
    table = Table(
        home, subscription, "county", "documents", "checked", "register up to", box=box.SIMPLE_HEAD
    )
    for row in rows:
        checked = f"{row.checked_at:%Y-%m-%d}" if row.checked_at else "never in full"
        up_to = row.good_through.isoformat() if row.good_through else "not said"
        table.add_row(
            *(row.id, row.subscription_id, row.county, str(row.documents), checked, up_to)
        )
    Console().print(table)


def _wrong_name(error: ValidationError) -> str:
    places = {str(p["loc"][0]).removesuffix("s") for p in error.errors(include_input=False)}
    return f"Not a name: --{', --'.join(sorted(places))}. Give 2 to 200 characters."
