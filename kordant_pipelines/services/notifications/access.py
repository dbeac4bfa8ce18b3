"""Opening the channels that an operator configured."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.notices import EmailContent, Envelope, SmsContent
from kordant_pipelines.providers.fcm.account import AccessTokens, read_service_account
from kordant_pipelines.providers.fcm.client import FCM_LIMIT, FcmSender
from kordant_pipelines.providers.fcm.message import encode_push
from kordant_pipelines.providers.limiter import ProviderLimiter, RateLimit
from kordant_pipelines.providers.resend.client import RESEND_LIMIT, ResendSender
from kordant_pipelines.providers.resend.mail import encode_mail as encode_for_resend
from kordant_pipelines.providers.retrying import RetryBudget
from kordant_pipelines.providers.sending import Sender
from kordant_pipelines.providers.smtp.client import SmtpSender
from kordant_pipelines.providers.smtp.mail import encode_mail as encode_for_smtp
from kordant_pipelines.providers.smtp.server import SmtpServer
from kordant_pipelines.providers.transport import Timeouts
from kordant_pipelines.providers.twilio.client import TWILIO_LIMIT, TwilioSender
from kordant_pipelines.providers.twilio.message import encode_message
from kordant_pipelines.services.notifications.links import Links
from kordant_pipelines.services.notifications.routes import (
    EmailRoute,
    PushRoute,
    Routes,
    SmsRoute,
)

SMTP_LIMIT = RateLimit(amount=20, seconds=1)
"""Ours: mail servers name none, and turn away who connects too often."""


@dataclass(frozen=True, kw_only=True)
class TwilioAccess:
    """An account and who its messages are from."""

    url: str
    account_sid: str
    auth_token: str = field(repr=False)
    sender: str


@dataclass(frozen=True, kw_only=True)
class ChannelAccess:
    """How to reach the channels' providers; what is None is not configured."""

    valkey_url: str
    timeouts: Timeouts
    patience_seconds: float
    email_from: str = ""
    smtp_url: str | None = field(default=None, repr=False)
    resend_url: str = ""
    resend_api_key: str | None = field(default=None, repr=False)
    twilio: TwilioAccess | None = None
    fcm_url: str = ""
    fcm_credentials_file: Path | None = None

    def routes(self, links: Links, clock: Clock) -> Routes:
        """The configured channels.

        Raises:
            Misconfigured: the service account's file is missing or wrong.
        """
        return Routes(email=self._email(), sms=self._sms(links), push=self._push(clock))

    def _email(self) -> EmailRoute | None:
        if self.smtp_url:
            server = SmtpServer.parse(self.smtp_url)

            def encode(content: EmailContent, envelope: Envelope, now: datetime) -> str:
                return encode_for_smtp(content, envelope, self.email_from, now)

            return EmailRoute("smtp", encode, partial(self._open_smtp, server))
        if self.resend_api_key:

            def encode_json(content: EmailContent, envelope: Envelope, now: datetime) -> str:
                del now
                return encode_for_resend(content, envelope, self.email_from)

            return EmailRoute(
                "resend", encode_json, partial(self._open_resend, self.resend_api_key)
            )
        return None

    def _sms(self, links: Links) -> SmsRoute | None:
        access = self.twilio
        if access is None:
            return None

        def encode(content: SmsContent, envelope: Envelope) -> str:
            callback_url = links.to_twilio_callback(envelope.key)
            return encode_message(content, envelope, access.sender, callback_url)

        return SmsRoute("twilio", encode, partial(self._open_twilio, access))

    def _push(self, clock: Clock) -> PushRoute | None:
        if self.fcm_credentials_file is None:
            return None
        account = read_service_account(self.fcm_credentials_file)
        tokens = AccessTokens(account, clock)
        opening = partial(self._open_fcm, account.project_id, tokens)
        return PushRoute("fcm", encode_push, opening)

    @asynccontextmanager
    async def _open_smtp(self, server: SmtpServer) -> AsyncGenerator[Sender]:
        async with self._limiter("smtp", f"{server.host}:{server.port}", SMTP_LIMIT) as limiter:
            yield SmtpSender(server, limiter, timeout=self.timeouts.total)

    @asynccontextmanager
    async def _open_resend(self, api_key: str) -> AsyncGenerator[Sender]:
        async with (
            self._limiter("resend", api_key, RESEND_LIMIT) as limiter,
            ResendSender(
                base_url=self.resend_url,
                api_key=api_key,
                limiter=limiter,
                timeouts=self.timeouts,
                retries=self._retries,
            ) as sender,
        ):
            yield sender

    @asynccontextmanager
    async def _open_twilio(self, access: TwilioAccess) -> AsyncGenerator[Sender]:
        async with (
            self._limiter("twilio", access.account_sid, TWILIO_LIMIT) as limiter,
            TwilioSender(
                base_url=access.url,
                account_sid=access.account_sid,
                auth_token=access.auth_token,
                limiter=limiter,
                timeouts=self.timeouts,
                retries=self._retries,
            ) as sender,
        ):
            yield sender

    @asynccontextmanager
    async def _open_fcm(self, project: str, tokens: AccessTokens) -> AsyncGenerator[Sender]:
        async with (
            self._limiter("fcm", project, FCM_LIMIT) as limiter,
            FcmSender(
                base_url=self.fcm_url,
                project=project,
                tokens=tokens,
                limiter=limiter,
                timeouts=self.timeouts,
            ) as sender,
        ):
            yield sender

    def _limiter(self, provider: str, key: str, limit: RateLimit) -> ProviderLimiter:
        return ProviderLimiter(
            valkey_url=self.valkey_url,
            provider=provider,
            api_key=key,
            limit=limit,
            max_wait=self.patience_seconds,
        )

    @property
    def _retries(self) -> RetryBudget:
        return RetryBudget(total_wait=self.patience_seconds)
