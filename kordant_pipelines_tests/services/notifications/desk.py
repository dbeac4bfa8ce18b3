"""Owes things to a customer, sends, and looks at what became of it."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import select, text

from kordant_pipelines.domain.channels import Channel
from kordant_pipelines.domain.notices import MessageFacts, Subject
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.sandbox.client import InboxMessage
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.security.keyring import Keyring
from kordant_pipelines.services.container import Services, build_services
from kordant_pipelines.services.notifications.notifications import SendReport
from kordant_pipelines.services.outbox import enqueue_subject
from kordant_pipelines.services.people import People
from kordant_pipelines.services.subscriptions import NewSubscription
from kordant_pipelines.settings import Settings
from kordant_pipelines.storage.models import DeliveryRow, NotificationRow, SubscriptionRow
from kordant_pipelines_tests.clock import HandClock

EMAIL = "owner@example.com"
PHONE = "+12025550142"
DEVICE = "sandbox-device-owner"
ADDRESSES = {Channel.EMAIL: EMAIL, Channel.SMS: PHONE, Channel.PUSH: DEVICE}

PROVIDERS = {
    "smtp": Channel.EMAIL,
    "resend": Channel.EMAIL,
    "twilio": Channel.SMS,
    "fcm": Channel.PUSH,
}

UNREACHABLE: dict[str, dict[str, object]] = {
    "smtp": {"smtp_url": "smtp://127.0.0.1:1"},
    "resend": {"resend_url": "http://127.0.0.1:1"},
    "twilio": {"twilio_url": "http://127.0.0.1:1"},
    "fcm": {"fcm_url": "http://127.0.0.1:1"},
}
"""Settings of a worker that finds nobody there, and so hands nothing over."""


@dataclass
class Desk:
    """One customer with an address on each channel, and the services of one worker."""

    services: Services
    settings: Settings
    keyring: Keyring
    sandbox: Sandbox
    clock: HandClock
    subscription: str = ""
    owed: int = 0

    def subscribe(self, **more: object) -> str:
        """Add the customer; what is given is another than usual."""
        fields: dict[str, object] = {
            "ref": "sale-notified",
            "tier": "premium",
            "name": "Ada Lovelace",
            "locale": "en-US",
            "time_zone": "UTC",
            "contact_emails": (EMAIL,),
            "contact_phones": (PHONE,),
            "contact_devices": (DEVICE,),
            "emails": (EMAIL,),
        }
        new = NewSubscription.model_validate(fields | more)
        self.subscription = self.services.subscriptions.add(new)[0]
        return self.subscription

    def owe(
        self,
        *channels: Channel,
        severity: Severity = Severity.HIGH,
        title: str = "Your card was seen",
        text: str = "It was seen in a shop.",
        key: str | None = None,
    ) -> int:
        """Owe a message on these channels; how many notifications are new."""
        self.owed += 1
        people = People.with_keyring(self.keyring)
        with self.services.database.transaction() as session:
            subscription = session.get_one(SubscriptionRow, self.subscription)
            return enqueue_subject(
                session,
                people.cipher_of(session, self.subscription),
                subscription,
                Subject(
                    dedupe_key=key or f"test:{self.subscription}:{self.owed}",
                    severity=severity,
                    facts=MessageFacts(title=title, text=text, action="Call your bank."),
                ),
                self.clock(),
                channels=channels or (Channel.EMAIL,),
            )

    def send(self, run_id: str = "run-1") -> SendReport:
        """One run."""
        return self.services.notifications.send(self.subscription, run_id)

    def due(self) -> bool:
        """Whether the customer's subscription has something due now."""
        now = self.clock()
        return self.subscription in self.services.notifications.due(now, after="", limit=10)

    def fault(self, provider: str, kind: str, **more: int | None) -> None:
        """Break a provider where it takes messages, once."""
        taking = "messages:send" if provider == "fcm" else None
        retry_after = more.get("retry_after")
        self.sandbox.fault(provider, kind, times=1, path_contains=taking, retry_after=retry_after)

    def got(self, channel: Channel) -> list[InboxMessage]:
        """What the customer got on a channel."""
        return self.sandbox.inbox(ADDRESSES[channel])

    def deliveries(self) -> list[DeliveryRow]:
        """The messages, oldest first."""
        with self.services.database.transaction() as session:
            return list(session.scalars(select(DeliveryRow).order_by(DeliveryRow.created_at)))

    def notifications(self) -> list[NotificationRow]:
        """The outbox, oldest first."""
        with self.services.database.transaction() as session:
            return list(
                session.scalars(select(NotificationRow).order_by(NotificationRow.created_at))
            )

    def execute(self, statement: str) -> None:
        """Change the database behind the services' back."""
        with self.services.database.connection() as connection:
            connection.execute(text(statement))

    @contextmanager
    def other_worker(self, **changes: object) -> Generator[Services]:
        """Services of another process, with settings changed."""
        opened = build_services(
            self.settings.model_copy(update=changes), self.keyring, clock=self.clock
        )
        try:
            yield opened
        finally:
            opened.close()
