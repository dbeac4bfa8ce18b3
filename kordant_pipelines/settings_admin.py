"""The settings of the admin's side: who gets in, when operators are told, logs and traces."""

import re
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from kordant_pipelines.telemetry.logs import LogFormat


class AdminSettings(BaseSettings):
    """A part of `Settings`. Limits are those beyond which operators are told."""

    token: SecretStr | None = Field(
        default=None,
        description="What commands sign in with at the web server; default: this home's own token.",
    )
    proxy_secret: SecretStr | None = Field(
        default=None,
        description="What a proxy that signs people in sends as X-Kordant-Proxy-Secret.",
    )
    proxy_user_header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")] = Field(
        default="X-Forwarded-User", description="Header in which that proxy names the user."
    )
    proxy_role_header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")] = Field(
        default="X-Kordant-Role", description="Header in which it names the role; else viewer."
    )
    alert_webhook_url: str | None = Field(
        default=None, repr=False, description="Where operators' alerts are posted as JSON."
    )
    alert_queue_waiting: Annotated[int, Field(ge=1)] = Field(
        default=1000, description="Due runs that wait, beyond which operators are told."
    )
    alert_oldest_minutes: Annotated[float, Field(gt=0)] = Field(
        default=60.0, description="How long a run may be due before operators are told."
    )
    alert_failure_percent: Annotated[float, Field(gt=0, le=100)] = Field(
        default=25.0, description="Failed runs of the last quarter of an hour, likewise."
    )
    alert_provider_error_percent: Annotated[float, Field(gt=0, le=100)] = Field(
        default=50.0, description="A provider's calls that were not answered, likewise."
    )
    alert_heartbeat_seconds: Annotated[float, Field(gt=0)] = Field(
        default=180.0, description="How long a daemon may be silent, likewise."
    )
    alert_hold_minutes: Annotated[float, Field(ge=0)] = Field(
        default=5.0, description="How long it must be calm before operators hear that it is over."
    )
    log_format: LogFormat = Field(
        default=LogFormat.TEXT, description="text, or json: one object a line."
    )
    otlp_url: str | None = Field(
        default=None,
        description="OpenTelemetry collector that takes traces over HTTP; unset: none are made.",
    )

    @field_validator("proxy_secret")
    @classmethod
    def _long(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not re.fullmatch(r"[!-~]{32,}", value.get_secret_value()):
            raise ValueError("must be 32 or more printable characters, no blanks")
        return value
