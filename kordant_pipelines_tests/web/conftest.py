"""A customer, and a client of what messages lead back to."""

from collections.abc import Generator

import httpx
import pytest
from pydantic import SecretStr

from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.security.keyring import Keyring
from kordant_pipelines.services.container import build_services
from kordant_pipelines.settings import Settings
from kordant_pipelines.web.public import public_app
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.services.notifications.desk import Desk
from kordant_pipelines_tests.web.serving import served


@pytest.fixture
def desk(
    settings: Settings, keyring: Keyring, sandbox: Sandbox, clock: HandClock
) -> Generator[Desk]:
    changes = {"smtp_url": None, "resend_api_key": SecretStr(sandbox.resend_key)}
    settings = settings.model_copy(update=changes)
    services = build_services(settings, keyring, clock=clock)
    desk = Desk(services, settings, keyring, sandbox, clock)
    desk.subscribe()
    yield desk
    services.close()


@pytest.fixture
def site(desk: Desk) -> Generator[httpx.Client]:
    """A client of the application."""
    with (
        served(public_app(desk.services)) as url,
        httpx.Client(base_url=url, trust_env=False) as client,
    ):
        yield client
