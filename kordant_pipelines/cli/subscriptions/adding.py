"""Adding subscriptions: one by its options, or a file of many."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from kordant_pipelines.cli.opened import opened_services
from kordant_pipelines.domain.errors import RefusedInput
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.subscriptions import NewSubscription, check


def add(
    ref: Annotated[str, typer.Option(help="Id of the sale in the billing system.")],
    tier: Annotated[Tier, typer.Option(help="What was bought.")],
    name: Annotated[str, typer.Option(help="The customer's name.")],
    email: Annotated[list[str] | None, typer.Option(help="Address to watch; repeatable.")] = None,
    phone: Annotated[
        list[str] | None, typer.Option(help="Number to watch, as +49…; repeatable.")
    ] = None,
    username: Annotated[list[str] | None, typer.Option(help="Name to watch; repeatable.")] = None,
    contact_email: Annotated[
        list[str] | None, typer.Option(help="Where alerts go; repeatable.")
    ] = None,
    contact_phone: Annotated[
        list[str] | None, typer.Option(help="Where text messages go; repeatable.")
    ] = None,
    locale: Annotated[str, typer.Option(help="Language and country, such as de-DE.")] = "en-US",
    time_zone: Annotated[str, typer.Option(help="IANA name, such as Europe/Berlin.")] = "UTC",
) -> None:
    """Add a subscription. A sale (--ref) that is there already is left as it is."""
    sale = {
        "ref": ref,
        "tier": tier,
        "name": name,
        "locale": locale,
        "time_zone": time_zone,
        "emails": email or (),
        "phones": phone or (),
        "usernames": username or (),
        "contact_emails": contact_email or (),
        "contact_phones": contact_phone or (),
    }
    with opened_services() as services:
        _add(services, _checked(sale))


def import_(
    file: Annotated[
        Path,
        typer.Argument(
            help="JSON: a list of objects with ref, tier, name and any of emails, phones, "
            "usernames, contact_emails, contact_phones, contact_devices, locale, time_zone, "
            "include_unverified."
        ),
    ],
) -> None:
    """Add the subscriptions of a file. The whole file is checked before the first is added."""
    try:
        raw = TypeAdapter(list[dict[str, object]]).validate_json(file.read_bytes())
    except OSError as error:
        raise RefusedInput(f"{file} cannot be read: {error.strerror}.") from None
    except ValidationError as error:
        raise RefusedInput(
            f"{file} is not a JSON list of objects: {error.errors()[0]['msg']}."
        ) from None
    sales = _all_checked(raw, file)
    with opened_services() as services:
        for sale in sales:
            _add(services, sale)


def _all_checked(raw: Sequence[Mapping[str, object]], file: Path) -> list[NewSubscription]:
    """Every sale of a file, or one refusal that names what is wrong with each wrong one."""
    sales: list[NewSubscription] = []
    wrong: list[str] = []
    for place, one in enumerate(raw, start=1):
        try:
            sale = _checked(one)
            check(sale)
        except RefusedInput as refused:
            wrong.append(f"sale {place}: {refused}")
        else:
            sales.append(sale)
    if not raw:
        wrong.append("it holds no sale")
    if wrong:
        raise RefusedInput(f"Nothing of {file} was added:\n  " + "\n  ".join(wrong))
    return sales


def _checked(sale: Mapping[str, object]) -> NewSubscription:
    try:
        return NewSubscription.model_validate(sale)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in p['loc'])}: {p['msg']}{_given(p['input'])}"
            for p in error.errors(include_url=False, include_context=False)
        )
        raise RefusedInput(problems) from None


def _given(value: object) -> str:
    # A whole sale, as where a field is missing, is a customer's record: it belongs in no log.
    return f" (it is {value!r})" if isinstance(value, str | int | float | bool) else ""


def _add(services: Services, sale: NewSubscription) -> None:
    subscription_id, is_new = services.subscriptions.add(sale)
    if not is_new:
        typer.echo(f"{subscription_id} was there already and is left as it was (sale {sale.ref})")
        return
    typer.echo(f"{subscription_id} added (sale {sale.ref})")
    if not (sale.contact_emails or sale.contact_phones or sale.contact_devices):
        typer.echo("  No contact was given, so its alerts reach nobody.")
