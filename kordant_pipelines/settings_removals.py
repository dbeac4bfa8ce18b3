"""The settings by which data brokers are asked and heard: a part of `Settings`."""

import re
from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings

from kordant_pipelines.providers.imap.server import ImapServer
from kordant_pipelines.providers.smtp.server import SmtpServer


class RemovalSettings(BaseSettings):
    """The mailbox is configured whole or not at all; without it no broker is asked."""

    broker_registry_file: Path | None = Field(
        default=None, description="Data brokers (YAML); default: brokers.yaml in home, or ours."
    )
    removals_address: str | None = Field(
        default=None, description="Where data brokers answer, such as removals@example.com."
    )
    removals_smtp_url: str | None = Field(
        default=None,
        repr=False,
        description="Sends letters to brokers: smtp://user:password@host:587 or smtps://…",
    )
    removals_imap_url: str | None = Field(
        default=None,
        repr=False,
        description="Holds their answers: imaps://user:password@host:993.",
    )

    @field_validator("removals_address")
    @classmethod
    def _taggable(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[\w.-]+@[\w.-]+", value, re.ASCII):
            raise ValueError("not a plain address; write removals@example.com, without a tag")
        return value

    @field_validator("removals_smtp_url")
    @classmethod
    def _sends(cls, value: str | None) -> str | None:
        if value is not None:
            SmtpServer.parse(value)
        return value

    @field_validator("removals_imap_url")
    @classmethod
    def _holds(cls, value: str | None) -> str | None:
        if value is not None:
            ImapServer.parse(value)
        return value

    @model_validator(mode="after")
    def _mailbox_whole(self) -> Self:
        parts = (self.removals_address, self.removals_smtp_url, self.removals_imap_url)
        if any(parts) and not all(parts):
            raise ValueError(
                "KORDANT_REMOVALS_ADDRESS, KORDANT_REMOVALS_SMTP_URL and "
                "KORDANT_REMOVALS_IMAP_URL belong together: letters without their answers are "
                "of no use. Set all three, or none"
            )
        return self
