"""How each channel's messages go: encoded for one provider, and sent by it."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime

from kordant_pipelines.domain.channels import Channel
from kordant_pipelines.domain.notices import EmailContent, Envelope, PushContent, SmsContent
from kordant_pipelines.providers.sending import Sender

OpenSender = Callable[[], AbstractAsyncContextManager[Sender]]
"""Opens a provider for one run."""


@dataclass(frozen=True, slots=True)
class EmailRoute:
    """How e-mails go."""

    provider: str
    encode: Callable[[EmailContent, Envelope, datetime], str]
    open: OpenSender


@dataclass(frozen=True, slots=True)
class SmsRoute:
    """How text messages go."""

    provider: str
    encode: Callable[[SmsContent, Envelope], str]
    open: OpenSender


@dataclass(frozen=True, slots=True)
class PushRoute:
    """How push messages go."""

    provider: str
    encode: Callable[[PushContent, Envelope], str]
    open: OpenSender


@dataclass(frozen=True, slots=True)
class Routes:
    """The channels that are configured. What is owed on another waits until it is."""

    email: EmailRoute | None = None
    sms: SmsRoute | None = None
    push: PushRoute | None = None

    @property
    def by_channel(self) -> Mapping[Channel, EmailRoute | SmsRoute | PushRoute | None]:
        """The routes, None where there is none."""
        return {Channel.EMAIL: self.email, Channel.SMS: self.sms, Channel.PUSH: self.push}

    @property
    def by_provider(self) -> Mapping[str, OpenSender]:
        """How to open each configured provider."""
        return {route.provider: route.open for route in self.by_channel.values() if route}
