"""A sandbox and services on it, on one clock that the test moves."""

from collections.abc import Generator
from pathlib import Path

import pytest
from pydantic import SecretStr

from kordant_pipelines.sandbox.serve import Sandbox, serving
from kordant_pipelines.sandbox.world.world import World
from kordant_pipelines.security.keyring import Keyring
from kordant_pipelines.services.container import Services, build_services
from kordant_pipelines.settings import Settings
from kordant_pipelines_tests.clock import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def sandbox(clock: HandClock) -> Generator[Sandbox]:
    with serving(World(now=clock), hold_seconds=2.0) as served:
        yield served


@pytest.fixture
def settings(database_url: str, broker_url: str, sandbox: Sandbox, tmp_path: Path) -> Settings:
    """Settings that point at the sandbox and wait for nothing."""
    return Settings(
        home=tmp_path,
        database_url=database_url,
        broker_url=broker_url,
        hibp_url=sandbox.hibp_url,
        hibp_api_key=SecretStr(sandbox.hibp_key),
        leakcheck_url=sandbox.leakcheck_url,
        leakcheck_api_key=SecretStr(sandbox.leakcheck_key),
        provider_timeout_seconds=0.5,
        provider_patience_seconds=2.0,
    )


@pytest.fixture
def keyring() -> Keyring:
    return Keyring.generate()


@pytest.fixture
def services(settings: Settings, keyring: Keyring, clock: HandClock) -> Generator[Services]:
    opened = build_services(settings, keyring, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def services_without_leakcheck(
    settings: Settings, keyring: Keyring, clock: HandClock
) -> Generator[Services]:
    """Services whose operator has no LeakCheck key."""
    without = settings.model_copy(update={"leakcheck_api_key": None})
    opened = build_services(without, keyring, clock=clock)
    yield opened
    opened.close()
