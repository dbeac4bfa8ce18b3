"""A desk whose e-mails go by the provider that a test names."""

from collections.abc import Generator

import pytest
from pydantic import SecretStr

from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.security.keyring import Keyring
from kordant_pipelines.services.container import build_services
from kordant_pipelines.settings import Settings
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.services.notifications.desk import Desk


@pytest.fixture
def provider() -> str:
    """Which provider a test is about; parametrised where it is about each."""
    return "smtp"


@pytest.fixture
def settings(settings: Settings, sandbox: Sandbox, provider: str) -> Settings:
    # Short, but not so short that a busy machine would meet it unasked.
    changes: dict[str, object] = {"provider_timeout_seconds": 2.0}
    if provider == "resend":
        changes |= {"smtp_url": None, "resend_api_key": SecretStr(sandbox.resend_key)}
    return settings.model_copy(update=changes)


@pytest.fixture
def desk(
    settings: Settings, keyring: Keyring, sandbox: Sandbox, clock: HandClock
) -> Generator[Desk]:
    services = build_services(settings, keyring, clock=clock)
    desk = Desk(services, settings, keyring, sandbox, clock)
    desk.subscribe()
    yield desk
    services.close()
