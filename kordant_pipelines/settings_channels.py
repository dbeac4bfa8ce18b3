"""The settings by which customers are reached: a part of `Settings`."""

import re
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings

from kordant_pipelines.providers.smtp.server import SmtpServer


class ChannelSettings(BaseSettings):
    """A channel is configured whole or not at all; what is owed on one that is not waits."""

    public_url: str | None = Field(
        default=None,
        description="Where customers and providers reach the callbacks: unsubscribe links and "
        "delivery reports begin with it.",
    )
    email_from: str | None = Field(
        default=None, description='Who e-mails are from: "Kordant <alerts@example.com>".'
    )
    smtp_url: str | None = Field(
        default=None,
        repr=False,
        description="Mail server for e-mails: smtp://user:password@host:587 or smtps://…",
    )
    resend_url: str = Field(
        default="https://api.resend.com", description="Base URL of Resend's API."
    )
    resend_api_key: SecretStr | None = Field(
        default=None, description="Resend key; without it or a mail server, e-mails wait."
    )
    resend_signing_key: SecretStr | None = Field(
        default=None, description="Secret of Resend's webhook (whsec_…); unset: it is refused."
    )
    twilio_url: str = Field(
        default="https://api.twilio.com/2010-04-01", description="Base URL of Twilio's API."
    )
    twilio_account_sid: Annotated[str, Field(pattern=r"^AC[0-9a-zA-Z]{32}$")] | None = Field(
        default=None, description="Twilio account (AC…); unset: text messages wait."
    )
    twilio_auth_token: SecretStr | None = Field(
        default=None, description="Auth token of the Twilio account; signs its callbacks too."
    )
    twilio_from: Annotated[str, Field(pattern=r"^(\+[0-9]{5,15}|MG[0-9a-zA-Z]{32})$")] | None = (
        Field(default=None, description="Our number in E.164, or a messaging service (MG…).")
    )
    fcm_url: str = Field(
        default="https://fcm.googleapis.com/v1", description="Base URL of FCM's API."
    )
    fcm_credentials_file: Path | None = Field(
        default=None,
        description="Key file of the Firebase service account; unset: push messages wait.",
    )

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, value: str | None) -> str | None:
        if value is not None:
            SmtpServer.parse(value)
        return value

    @field_validator("email_from")
    @classmethod
    def _mailbox(cls, value: str | None) -> str | None:
        address = parseaddr(value)[1] if value else ""
        if value and not re.fullmatch(r"[!-~]+@[!-~]+\.[!-~]+", address):
            raise ValueError('not a sender; write "Kordant <alerts@example.com>"')
        return value

    @model_validator(mode="after")
    def _channels_whole(self) -> Self:
        if self.smtp_url and self.resend_api_key:
            raise ValueError(
                "KORDANT_SMTP_URL and KORDANT_RESEND_API_KEY both say how e-mails go; unset one"
            )
        if (self.smtp_url or self.resend_api_key) and not (self.email_from and self.public_url):
            raise ValueError(
                "e-mails need KORDANT_EMAIL_FROM and, for their unsubscribe links, "
                "KORDANT_PUBLIC_URL; set both"
            )
        twilio = (self.twilio_account_sid, self.twilio_auth_token, self.twilio_from)
        if any(twilio) and not all(twilio):
            raise ValueError(
                "text messages need KORDANT_TWILIO_ACCOUNT_SID, KORDANT_TWILIO_AUTH_TOKEN and "
                "KORDANT_TWILIO_FROM; set all three or none"
            )
        return self
