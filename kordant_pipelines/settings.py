"""Settings, read once at the edge of each process from `KORDANT_*` environment variables."""

import os
import re
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from kordant_pipelines.domain.calendar.retries import RETRY_DELAYS
from kordant_pipelines.domain.errors import Misconfigured
from kordant_pipelines.settings_admin import AdminSettings
from kordant_pipelines.settings_channels import ChannelSettings
from kordant_pipelines.settings_providers import ProviderSettings
from kordant_pipelines.settings_removals import RemovalSettings
from kordant_pipelines.settings_voice import VoiceSettings
from kordant_pipelines.valkey_url import ValkeyUrl


class Settings(AdminSettings, ChannelSettings, ProviderSettings, RemovalSettings, VoiceSettings):
    """Everything an operator can set. Unset URLs mean: the embedded server.

    A variable set to nothing is unset. URLs of servers and keys are left out of the repr.
    """

    model_config = SettingsConfigDict(
        env_prefix="KORDANT_",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    home: Path = Field(
        default_factory=lambda: user_data_path("kordant"),
        description="Folder that holds all state: embedded servers' data, keys, logs.",
    )
    database_url: str | None = Field(
        default=None, repr=False, description="Postgres database for Kordant's own data."
    )
    dagster_database_url: str | None = Field(
        default=None,
        repr=False,
        description="Postgres database for Dagster; default: `dagster` on the same server.",
    )
    broker_url: str | None = Field(
        default=None,
        repr=False,
        description="Valkey or Redis: redis://… or unix:///…/valkey.sock?db=0.",
    )
    keyring_file: Path | None = Field(
        default=None, description="Master and index keys; default: keys/keyring.json under home."
    )
    host: str = Field(default="127.0.0.1", description="Address the web UI listens on.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(
        default=3000, description="Port of the web UI and the GraphQL API."
    )
    health_port: Annotated[int, Field(ge=0, le=65535)] | None = Field(
        default=None,
        description="Port of /healthz; default: any free one, which `up` tells when it is ready.",
    )
    worker_concurrency: Annotated[int, Field(ge=1, le=256)] = Field(
        default=4, description="Runs a worker process executes at once."
    )
    worker_runs_per_child: Annotated[int, Field(ge=1)] = Field(
        default=300, description="Runs after which a worker's child process is replaced."
    )
    max_concurrent_runs: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Runs started at once over all hosts; default: one host's slots."
    )
    queue_depth: Annotated[int, Field(ge=1)] = Field(
        default=200,
        description="Runs kept queued or running; what else is due waits in the calendar.",
    )
    retry_delays_seconds: Annotated[tuple[float, ...], NoDecode] = Field(
        default=tuple(delay.total_seconds() for delay in RETRY_DELAYS),
        description="How long after each failure a run is tried again; as many retries as numbers.",
    )
    drain_seconds: Annotated[int, Field(ge=0)] = Field(
        default=60, description="How long a stop waits for runs in flight."
    )
    reports_url: str | None = Field(
        default=None,
        description="Where reports are kept: file:///folder or s3://bucket/prefix (its keys and "
        "endpoint by AWS's own variables); default: the folder `reports` under home.",
    )
    report_link_days: Annotated[int, Field(ge=1, le=365)] = Field(
        default=30, description="How long the link to a report works."
    )

    @field_validator("retry_delays_seconds", mode="before")
    @classmethod
    def _delays(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            delays = tuple(float(part) for part in value.split(","))
        except ValueError:
            delays = ()
        if not delays or not all(0 < delay <= 86_400 for delay in delays):
            raise ValueError(
                "must be seconds between commas, each above 0 and at most 86400, such as 60,300,900"
            )
        return delays

    @field_validator("database_url", "dagster_database_url")
    @classmethod
    def _postgres(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            url = make_url(value)
        except (ArgumentError, ValueError):  # its ValueError quotes what it took for the port
            raise ValueError(
                "not a URL; write postgresql://user:password@host:5432/kordant"
            ) from None
        if url.get_backend_name() != "postgresql" or not url.database:
            raise ValueError(
                "must name a Postgres database: postgresql://user:password@host:5432/kordant"
            )
        # A bare postgresql:// means psycopg 3 to SQLAlchemy 2.1; we ship the driver Dagster uses.
        return url.set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)

    @field_validator("broker_url")
    @classmethod
    def _broker(cls, value: str | None) -> str | None:
        if value is not None:
            ValkeyUrl.parse(value)
        return value

    @field_validator("reports_url")
    @classmethod
    def _report_store(cls, value: str | None) -> str | None:
        if value and not re.fullmatch(r"file:///[^?#]+|s3://[a-z0-9][a-z0-9.-]+(/[^?#]*)?", value):
            raise ValueError("not a place for reports; write file:///folder or s3://bucket/prefix")
        return value

    @field_validator(
        *("hibp_url", "leakcheck_url", "acris_url", "cook_url", "philadelphia_url", "attom_url"),
        *("public_url", "resend_url", "twilio_url", "fcm_url", "voice_service_url"),
        *("alert_webhook_url", "otlp_url"),
    )
    @classmethod
    def _http(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            parts = urlsplit(value)
            usable = (
                parts.scheme in {"http", "https"}
                and parts.hostname
                and parts.port != 0
                and not (parts.query or parts.fragment)
            )
        except ValueError:  # it quotes the URL
            usable = False
        if not usable:
            raise ValueError("not a web address; write https://host/path")
        return value

    @field_validator(
        *("hibp_api_key", "leakcheck_api_key", "acris_api_key", "cook_api_key", "attom_api_key"),
        *("resend_api_key", "resend_signing_key", "twilio_auth_token", "voice_service_api_key"),
    )
    @classmethod
    def _key(cls, value: SecretStr | None) -> SecretStr | None:
        # It travels in a header, where anything else makes every call fail.
        if value and not re.fullmatch(r"[!-~]+", value.get_secret_value()):
            raise ValueError("holds a blank or a character no key has; paste the key alone")
        return value

    @field_validator("hibp_api_key")
    @classmethod
    def _hibp_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not re.fullmatch("[0-9a-fA-F]{32}", value.get_secret_value()):
            raise ValueError("not a key of HIBP's: those are 32 hexadecimal characters")
        return value

    @model_validator(mode="after")
    def _databases_apart(self) -> Self:
        # Both keep the state of their migrations in a table of the same name.
        if self.database_url and self.database_url == self.dagster_database_url:
            raise ValueError(
                "KORDANT_DATABASE_URL and KORDANT_DAGSTER_DATABASE_URL name one database; "
                "give Dagster one of its own"
            )
        return self

    @field_validator(
        *("home", "keyring_file", "fcm_credentials_file", "broker_registry_file"),
        *("voice_models", "voice_detector"),
    )
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        # Child processes must read the same path, wherever they stand.
        try:
            return value and value.expanduser().absolute()
        except RuntimeError:
            raise ValueError("names a user without a home folder; write the whole path") from None

    @property
    def broker_registry(self) -> Path | None:
        """The file that lists the data brokers; None: the one in the package."""
        own = self.home / "brokers.yaml"
        return self.broker_registry_file or (own if own.exists() else None)

    @property
    def report_store(self) -> str:
        """The URL under which reports are kept."""
        return self.reports_url or f"file://{self.home}/reports"

    @property
    def retry_delays(self) -> tuple[timedelta, ...]:
        """How long after each failure a run is tried again."""
        return tuple(timedelta(seconds=seconds) for seconds in self.retry_delays_seconds)

    @property
    def run_slots(self) -> int:
        """Runs that may be started at once."""
        return self.max_concurrent_runs or self.worker_concurrency


def load_settings() -> Settings:
    """Read the environment.

    Raises:
        Misconfigured: a variable holds a wrong value; every wrong one is named with its remedy.
    """
    lines = [f"  {name}: there is no such setting{_meant(name)}" for name in _unknown()]
    settings: Settings | None = None
    try:
        settings = Settings()
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_context=False):
            text = problem["msg"].removeprefix("Value error, ")
            name = f"KORDANT_{problem['loc'][0]}".upper() if problem["loc"] else ""
            lines.append(f"  {name}: {text}{_shown(name)}" if name else f"  {text}")
    if settings is None or lines:
        raise Misconfigured("Wrong settings in the environment:\n" + "\n".join(lines))
    return settings


# What `kordant env` sets beside the settings.
_DERIVED = {"KORDANT_CELERY_URL", "KORDANT_RUN_SLOTS"}


def _known() -> set[str]:
    return {f"KORDANT_{name.upper()}" for name in Settings.model_fields} | _DERIVED


def _unknown() -> list[str]:
    """Variables that look like settings and are none: a misspelt key would leave a gap unseen."""
    given = {name for name in os.environ if name.upper().startswith("KORDANT_")}
    return sorted(name for name in given if name.upper() not in _known())


def _meant(name: str) -> str:
    close = get_close_matches(name.upper(), _known(), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _shown(name: str) -> str:
    value = os.environ.get(name)
    # A URL may hold a password, a key is one: the name of the variable is enough for those.
    secret = name.endswith(("_URL", "_KEY", "_SECRET", "_TOKEN"))
    return f" (it is {value!r})" if value is not None and not secret else ""
