"""What comes in from outside: providers' callbacks, verified here, and unsubscribing."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from kordant_pipelines.domain.channels import Channel, SuppressionReason
from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.identifiers import Identifier, IdentifierKind
from kordant_pipelines.messages.language import Language, language
from kordant_pipelines.providers.resend import webhook
from kordant_pipelines.providers.sending import DeliveryEvent
from kordant_pipelines.providers.twilio import callback
from kordant_pipelines.security.links import LinkRefused
from kordant_pipelines.security.vault import WrappedKey
from kordant_pipelines.services.notifications.hearing import hear
from kordant_pipelines.services.notifications.links import Links
from kordant_pipelines.services.notifications.suppressing import lift, suppress_contact
from kordant_pipelines.services.people import CONTACT_COLUMN, People
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import ContactPointRow, UserRow


class NotGenuine(Exception):
    """A callback does not bear its provider's signature, or we have no key to check it with."""


@dataclass(frozen=True, slots=True)
class CallbackKeys:
    """What providers sign with; None where nothing is taken from one."""

    twilio_auth_token: str | None = field(default=None, repr=False)
    resend_signing_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Address:
    """An address as its owner recognises it, and their language."""

    masked: str
    language: Language


class Contacts:
    """What addresses' owners and providers tell us."""

    def __init__(
        self, database: Database, people: People, links: Links, keys: CallbackKeys, clock: Clock
    ) -> None:
        self._database = database
        self._people = people
        self._links = links
        self._keys = keys
        self._clock = clock

    def twilio_says(
        self, delivery_id: str, form: Sequence[tuple[str, str]], signature: str
    ) -> bool:
        """Take a status callback; whether it was about a message of ours.

        Raises:
            NotGenuine: it is not Twilio's.
        """
        url, token = self._links.to_twilio_callback(delivery_id), self._keys.twilio_auth_token
        if not url or not token or not callback.is_twilios(token, url, form, signature):
            raise NotGenuine
        return self._hear(callback.event_of(form, delivery_id))

    def resend_says(self, body: bytes, *, message_id: str, timestamp: str, signatures: str) -> bool:
        """Take a webhook; whether it was about a message of ours.

        Raises:
            NotGenuine: it is not Resend's, or is not from now.
        """
        key = self._keys.resend_signing_key
        if not key or not webhook.is_resends(
            key,
            message_id=message_id,
            timestamp=timestamp,
            signatures=signatures,
            body=body,
            now=self._clock(),
        ):
            raise NotGenuine
        return self._hear(webhook.event_of(body))

    def address(self, token: str) -> Address:
        """Whose messages an unsubscribe link would end.

        Raises:
            LinkRefused: the link is not ours, or its owner is no more.
        """
        with self._database.transaction() as session:
            contact = self._contact(session, token)
            user = session.get_one(UserRow, contact.user_id)
            key = WrappedKey(user.master_key_id, user.wrapped_key)
            cipher = self._people.vault.cipher(user.id, key)
            value = cipher.decrypt(contact.value_sealed, CONTACT_COLUMN)
            kind = IdentifierKind.PHONE if contact.channel is Channel.SMS else IdentifierKind.EMAIL
            return Address(Identifier(kind, value).masked, language(user.locale))

    def unsubscribe(self, token: str) -> None:
        """Send no more to the address of a link; again, it changes nothing.

        Raises:
            LinkRefused: as `address`.
        """
        with self._database.transaction() as session:
            contact = self._contact(session, token)
            reason = SuppressionReason.UNSUBSCRIBED
            suppress_contact(session, contact, reason, self._clock())

    def resubscribe(self, contact_point_id: str) -> bool:
        """Send to an address again, at its owner's wish; whether it was suppressed."""
        with self._database.transaction() as session:
            return lift(session, session.get_one(ContactPointRow, contact_point_id))

    def _contact(self, session: Session, token: str) -> ContactPointRow:
        contact_id = self._links.unsubscribe.subject(token, self._clock())
        contact = session.get(ContactPointRow, contact_id)
        if contact is None:
            raise LinkRefused("What the link was for is no more.")
        return contact

    def _hear(self, event: DeliveryEvent | None) -> bool:
        if event is None:
            return False
        with self._database.transaction() as session:
            return hear(session, event, self._clock())
