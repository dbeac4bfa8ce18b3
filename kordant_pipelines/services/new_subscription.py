"""A sale as it is handed in: checked whole at the edge, stored whole or not at all."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy.orm import Session

from kordant_pipelines.domain.channels import Channel
from kordant_pipelines.domain.errors import RefusedInput
from kordant_pipelines.domain.identifiers import Identifier, IdentifierKind, parse_identifier
from kordant_pipelines.domain.parcels import Parcel
from kordant_pipelines.domain.sending_times import DEFAULT_WISHES
from kordant_pipelines.domain.subscriptions import Change, SubscriptionStatus, Tier
from kordant_pipelines.domain.title_judgement import Parties
from kordant_pipelines.security.vault import UserCipher
from kordant_pipelines.services.changes import log_change
from kordant_pipelines.services.hometitle.new_property import (
    NewProperty,
    parse_property,
    store_property,
)
from kordant_pipelines.services.people import (
    CONTACT_COLUMN,
    NAME_COLUMN,
    WATCH_COLUMN,
    People,
)
from kordant_pipelines.storage.models import (
    ContactPointRow,
    PreferenceRow,
    SubscriptionRow,
    UserRow,
    WatchItemRow,
)
from kordant_pipelines.storage.models.base import new_id

DeviceToken = Annotated[str, StringConstraints(pattern=r"^[!-~]{8,4000}$")]

Contact = tuple[Channel, str]  # with the address, number or token in its one form


class NewSubscription(BaseModel):
    """A sale, as the billing system tells of it. `ref`, its id there, tells it apart."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, extra="forbid")

    ref: Annotated[str, StringConstraints(pattern=r"^[\w.-]{1,64}$")]
    tier: Tier
    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    locale: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")] = "en-US"
    time_zone: str = "UTC"
    contact_emails: tuple[str, ...] = ()
    contact_phones: tuple[str, ...] = ()
    contact_devices: tuple[DeviceToken, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    usernames: tuple[str, ...] = ()
    include_unverified: bool = False
    properties: tuple[NewProperty, ...] = ()


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale whose every part is valid."""

    new: NewSubscription
    contacts: Sequence[Contact]
    watched: Sequence[Identifier]
    properties: Sequence[tuple[Parcel, Parties]]


def parse_sale(new: NewSubscription) -> Sale:
    """Check a sale whole.

    Raises:
        RefusedInput: an identifier, a property or the time zone is not valid.
    """
    email, phone = IdentifierKind.EMAIL, IdentifierKind.PHONE
    contacts = [
        *((Channel.EMAIL, parse_identifier(email, raw).value) for raw in new.contact_emails),
        *((Channel.SMS, parse_identifier(phone, raw).value) for raw in new.contact_phones),
        *((Channel.PUSH, token) for token in new.contact_devices),
    ]
    watched = [
        parse_identifier(kind, raw)
        for kind, raws in (
            (IdentifierKind.EMAIL, new.emails),
            (IdentifierKind.PHONE, new.phones),
            (IdentifierKind.USERNAME, new.usernames),
        )
        for raw in raws
    ]
    properties = [parse_property(one, new.name) for one in new.properties]
    if not watched and not properties:
        raise RefusedInput(
            f"Subscription {new.ref!r} watches nothing: give at least one e-mail address, "
            "phone number, username or property."
        )
    _require_zone(new.time_zone)
    return Sale(new, contacts, watched, properties)


def store_sale(session: Session, people: People, sale: Sale, now: datetime) -> str:
    """Store a checked sale; return its subscription's id.

    Raises:
        IntegrityError: of `uq_subscriptions_external_ref`, it was sold before.
    """
    new = sale.new
    user_id = new_id("usr")()
    key = people.vault.new_key(user_id)
    cipher = people.vault.cipher(user_id, key)
    session.add(
        UserRow(
            id=user_id,
            name_sealed=cipher.encrypt(new.name, NAME_COLUMN),
            locale=new.locale,
            time_zone=new.time_zone,
            wrapped_key=key.wrapped,
            master_key_id=key.key_id,
            created_at=now,
        )
    )
    subscription = SubscriptionRow(
        user_id=user_id,
        external_ref=new.ref,
        tier=new.tier,
        status=SubscriptionStatus.ACTIVE,
        include_unverified=new.include_unverified,
        created_at=now,
    )
    session.flush()
    session.add(subscription)
    session.flush()  # a sale that is there already ends here, on its unique key
    _store_contacts(session, people, user_id, cipher, sale.contacts, now)
    _store_items(session, people, subscription.id, cipher, sale.watched, now)
    for parsed in sale.properties:
        store_property(session, people, subscription.id, cipher, parsed, now)
    log_change(session, subscription.id, Change.CREATED, now)
    return subscription.id


def _store_contacts(
    session: Session,
    people: People,
    user_id: str,
    cipher: UserCipher,
    contacts: Sequence[Contact],
    now: datetime,
) -> None:
    for channel, contact in dict.fromkeys(contacts):
        session.add(
            ContactPointRow(
                user_id=user_id,
                channel=channel,
                value_sealed=cipher.encrypt(contact, CONTACT_COLUMN),
                value_index=people.index.digest(CONTACT_COLUMN, contact),
                created_at=now,
            )
        )
    for channel in {channel for channel, _ in contacts}:
        wishes = asdict(DEFAULT_WISHES[channel])
        session.add(PreferenceRow(user_id=user_id, channel=channel, **wishes))


def _store_items(
    session: Session,
    people: People,
    subscription_id: str,
    cipher: UserCipher,
    watched: Sequence[Identifier],
    now: datetime,
) -> None:
    for identifier in dict.fromkeys(watched):
        session.add(
            WatchItemRow(
                subscription_id=subscription_id,
                kind=identifier.kind,
                value_sealed=cipher.encrypt(identifier.value, WATCH_COLUMN),
                value_index=people.index.digest(WATCH_COLUMN, identifier.value),
                created_at=now,
            )
        )


def _require_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: it names a folder of them
        raise RefusedInput(
            f"{name!r} is not a time zone; give an IANA name such as Europe/Berlin."
        ) from None
