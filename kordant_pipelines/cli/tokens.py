"""`kordant tokens`: who may use the web server."""

import json
import secrets
from datetime import timedelta
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Column, Table

from kordant_pipelines.cli.access import web_address
from kordant_pipelines.cli.opened import opened_services
from kordant_pipelines.domain.access import Role
from kordant_pipelines.services.access.tokens import TokenSummary
from kordant_pipelines.settings import load_settings

tokens_app = typer.Typer(help="Who may use the web server.", no_args_is_help=True)
_URL = typer.Option(help="Of the web server; default: KORDANT_HOST and KORDANT_PORT.")


@tokens_app.command()
def create(
    name: Annotated[str, typer.Argument(help="Whose it is, or what for.")],
    role: Annotated[Role, typer.Option(help="An operator may change things.")] = Role.VIEWER,
    days: Annotated[
        int | None, typer.Option(min=1, help="How long it lasts; default: until it is revoked.")
    ] = None,
) -> None:
    """Make a token and print it, this once."""
    with opened_services() as services:
        lasts = timedelta(days=days) if days else None
        typer.echo(services.access.tokens.create(name, role, lasts=lasts))


@tokens_app.command()
def link(
    role: Annotated[Role, typer.Option(help="An operator may change things.")] = Role.OPERATOR,
    hours: Annotated[int, typer.Option(min=1, help="How long it lasts.")] = 12,
    url: Annotated[str | None, _URL] = None,
) -> None:
    """Print a link that signs a browser in. It holds a token behind its #: keep it to yourself."""
    with opened_services() as services:
        name = f"link {secrets.token_hex(3)}"
        token = services.access.tokens.create(name, role, lasts=timedelta(hours=hours))
    typer.echo(f"{web_address(load_settings(), url)}/sign-in#{token}")


@tokens_app.command()
def revoke(
    name: Annotated[str, typer.Argument(help="The token's name or id.")],
) -> None:
    """Let a token open nothing any more, nor the browsers signed in with it."""
    with opened_services() as services:
        services.access.tokens.revoke(name)
    typer.echo("revoked")


@tokens_app.command("list")
def list_(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Those revoked or expired too.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the tokens there are; what opens them is shown to nobody."""
    with opened_services() as services:
        tokens = services.access.tokens.list(live_only=not everything)
    if as_json:
        for token in tokens:
            typer.echo(json.dumps(token.as_record()))
        return
    table = Table(
        "name",
        "role",
        Column("made", no_wrap=True),
        Column("until", no_wrap=True),
        Column("last used (UTC)", no_wrap=True),
        box=box.SIMPLE_HEAD,
        collapse_padding=True,
    )
    for token in tokens:
        table.add_row(
            token.name,
            token.role.value,
            f"{token.created_at:%Y-%m-%d}",
            _until(token),
            f"{token.last_used_at:%Y-%m-%d %H:%M}" if token.last_used_at else "never",
        )
    Console(highlight=False).print(table)


@tokens_app.command()
def audit(
    limit: Annotated[int, typer.Option(min=1, help="How many at most, newest first.")] = 50,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show who signed in or changed what, newest first."""
    with opened_services() as services:
        entries = services.access.audit.latest(limit=limit)
    if as_json:
        for entry in entries:
            typer.echo(json.dumps(entry.as_record()))
        return
    for entry in entries:
        who = entry.actor or "somebody"
        typer.echo(
            f"{entry.at:%m-%d %H:%M:%S} {who}: {entry.action} {entry.detail} ({entry.outcome})"
        )


def _until(token: TokenSummary) -> str:
    if token.revoked_at:
        return f"revoked {token.revoked_at:%m-%d %H:%M}"
    return f"{token.expires_at:%Y-%m-%d %H:%M}" if token.expires_at else "it is revoked"
