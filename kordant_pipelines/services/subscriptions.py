"""Subscriptions: adding, changing, listing. Every change is logged for those who must follow."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kordant_pipelines.domain.channels import Channel
from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.errors import (
    InactiveSubscription,
    RefusedInput,
    UnknownSubscription,
)
from kordant_pipelines.domain.identifiers import Identifier, IdentifierKind, parse_identifier
from kordant_pipelines.domain.sending_times import DEFAULT_WISHES
from kordant_pipelines.domain.subscriptions import Change, SubscriptionStatus, Tier
from kordant_pipelines.security.vault import UserCipher
from kordant_pipelines.services.changes import log_change
from kordant_pipelines.services.people import (
    CONTACT_COLUMN,
    NAME_COLUMN,
    WATCH_COLUMN,
    People,
)
from kordant_pipelines.storage.database import Database, violated_constraint
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


@dataclass(frozen=True, slots=True)
class Summary:
    """A subscription as a list shows it: ids and counts, no personal data."""

    id: str
    ref: str
    tier: Tier
    status: SubscriptionStatus
    items: int
    created_at: datetime


class Subscriptions:
    """The subscriptions of one domain database."""

    def __init__(self, database: Database, people: People, clock: Clock) -> None:
        self._database = database
        self._people = people
        self._clock = clock

    def add(self, new: NewSubscription) -> tuple[str, bool]:
        """Store a sale whole; return its subscription's id and whether it is new.

        A `ref` that is there already is left as it is, so a repeated call changes nothing.

        Raises:
            RefusedInput: an identifier or the time zone is not valid; nothing was stored.
        """
        contacts, watched = _parse(new)
        try:
            with self._database.transaction() as session:
                return self._store(session, new, contacts, watched), True
        except IntegrityError as error:
            if violated_constraint(error) != "uq_subscriptions_external_ref":
                raise
        with self._database.transaction() as session:
            existing = select(SubscriptionRow.id).where(SubscriptionRow.external_ref == new.ref)
            return session.execute(existing).scalar_one(), False

    def set_tier(self, subscription_id: str, tier: Tier) -> None:
        """Move a subscription to another tier; one that has it already is left as it is.

        Raises:
            UnknownSubscription: there is none with this id.
            InactiveSubscription: it is cancelled; buying again makes a new one.
        """
        with self._database.transaction() as session:
            row = _locked(session, subscription_id)
            if row.status is SubscriptionStatus.CANCELLED:
                raise InactiveSubscription(subscription_id, row.status.value)
            if row.tier is not tier:
                row.tier = tier
                log_change(session, subscription_id, Change.TIER_CHANGED, self._clock())

    def pause(self, subscription_id: str) -> None:
        """Let nothing run for a subscription until it is resumed.

        Raises:
            UnknownSubscription, InactiveSubscription: as `set_tier`.
        """
        self._turn(subscription_id, SubscriptionStatus.PAUSED, Change.PAUSED)

    def resume(self, subscription_id: str) -> None:
        """Let a paused subscription go on.

        Raises:
            UnknownSubscription, InactiveSubscription: as `set_tier`.
        """
        self._turn(subscription_id, SubscriptionStatus.ACTIVE, Change.RESUMED)

    def cancel(self, subscription_id: str) -> None:
        """Cancel a subscription; one that is cancelled already is left as it is.

        Raises:
            UnknownSubscription: there is none with this id.
        """
        with self._database.transaction() as session:
            row = _locked(session, subscription_id)
            if row.status is SubscriptionStatus.CANCELLED:
                return
            row.status = SubscriptionStatus.CANCELLED
            row.cancelled_at = self._clock()
            log_change(session, subscription_id, Change.CANCELLED, self._clock())

    def _turn(self, subscription_id: str, status: SubscriptionStatus, change: Change) -> None:
        with self._database.transaction() as session:
            row = _locked(session, subscription_id)
            if row.status is SubscriptionStatus.CANCELLED:
                raise InactiveSubscription(subscription_id, row.status.value)
            if row.status is not status:
                row.status = status
                log_change(session, subscription_id, change, self._clock())

    def summaries(self) -> Sequence[Summary]:
        """Every subscription, oldest first."""
        with self._database.transaction() as session:
            rows = session.execute(
                _SUMMARIES.order_by(SubscriptionRow.created_at, SubscriptionRow.external_ref)
            )
            return [_summary(*row) for row in rows]

    def summary(self, subscription_id: str) -> Summary:
        """One subscription.

        Raises:
            UnknownSubscription: there is none with this id.
        """
        with self._database.transaction() as session:
            row = session.execute(
                _SUMMARIES.where(SubscriptionRow.id == subscription_id)
            ).one_or_none()
        if row is None:
            raise UnknownSubscription(subscription_id)
        return _summary(*row)

    def tier_of(self, subscription_id: str) -> Tier:
        """The tier of an active subscription.

        Raises:
            UnknownSubscription, InactiveSubscription: nothing may run for it.
        """
        with self._database.transaction() as session:
            return require_active(session, subscription_id).tier

    def active(self) -> dict[str, Tier]:
        """The ids of all active subscriptions, with their tiers."""
        with self._database.transaction() as session:
            rows = session.execute(
                select(SubscriptionRow.id, SubscriptionRow.tier)
                .where(SubscriptionRow.status == SubscriptionStatus.ACTIVE)
                .order_by(SubscriptionRow.id)
            )
            return {row.id: row.tier for row in rows}

    def _store(
        self,
        session: Session,
        new: NewSubscription,
        contacts: Sequence[Contact],
        watched: Sequence[Identifier],
    ) -> str:
        now = self._clock()
        user_id = new_id("usr")()
        key = self._people.vault.new_key(user_id)
        cipher = self._people.vault.cipher(user_id, key)
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
        self._store_contacts(session, user_id, cipher, contacts, now)
        self._store_items(session, subscription.id, cipher, watched, now)
        log_change(session, subscription.id, Change.CREATED, now)
        return subscription.id

    def _store_contacts(
        self,
        session: Session,
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
                    value_index=self._people.index.digest(CONTACT_COLUMN, contact),
                    created_at=now,
                )
            )
        for channel in {channel for channel, _ in contacts}:
            wishes = asdict(DEFAULT_WISHES[channel])
            session.add(PreferenceRow(user_id=user_id, channel=channel, **wishes))

    def _store_items(
        self,
        session: Session,
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
                    value_index=self._people.index.digest(WATCH_COLUMN, identifier.value),
                    created_at=now,
                )
            )


_SUMMARIES = select(
    SubscriptionRow,
    select(func.count())
    .where(
        WatchItemRow.subscription_id == SubscriptionRow.id,
        WatchItemRow.removed_at.is_(None),
    )
    .scalar_subquery(),
)


def _summary(row: SubscriptionRow, items: int) -> Summary:
    return Summary(row.id, row.external_ref, row.tier, row.status, items, row.created_at)


def _locked(session: Session, subscription_id: str) -> SubscriptionRow:
    row = session.get(SubscriptionRow, subscription_id, with_for_update=True)
    if row is None:
        raise UnknownSubscription(subscription_id)
    return row


def require_active(
    session: Session, subscription_id: str, *, lock: bool = False
) -> SubscriptionRow:
    """The subscription's row, if something may run for it.

    Raises:
        UnknownSubscription, InactiveSubscription: nothing may.
    """
    row = session.get(
        SubscriptionRow, subscription_id, with_for_update=lock, populate_existing=lock
    )
    if row is None:
        raise UnknownSubscription(subscription_id)
    if row.status is not SubscriptionStatus.ACTIVE:
        raise InactiveSubscription(subscription_id, row.status.value)
    return row


def check(new: NewSubscription) -> None:
    """Raise RefusedInput if `Subscriptions.add` would."""
    _parse(new)


def _parse(
    new: NewSubscription,
) -> tuple[list[Contact], list[Identifier]]:
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
    if not watched:
        raise RefusedInput(
            f"Subscription {new.ref!r} watches nothing: give at least one e-mail address, "
            "phone number or username."
        )
    _require_zone(new.time_zone)
    return contacts, watched


def _require_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: it names a folder of them
        raise RefusedInput(
            f"{name!r} is not a time zone; give an IANA name such as Europe/Berlin."
        ) from None
