"""One web server for all these tests: starting one costs more than all they ask of it.

Its database fills; each test has subscriptions of its own. Its clock only goes forward.
"""

from collections.abc import Generator
from datetime import UTC, datetime

import pytest
from dagster import DagsterInstance
from pydantic import SecretStr

from kordant_pipelines.orchestration.engine.pool import close_pools
from kordant_pipelines.sandbox.serve import serving
from kordant_pipelines.sandbox.world.world import World
from kordant_pipelines.security.keyring import Keyring
from kordant_pipelines.services.container import Services, build_services
from kordant_pipelines.settings import Settings
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.conftest import TEMPLATE, Servers
from kordant_pipelines_tests.orchestration.conftest import dagster_template, instance_on
from kordant_pipelines_tests.webserver.serving import Web, served

__all__ = ["dagster_template"]


@pytest.fixture(scope="package")
def clock() -> HandClock:
    # Long before the system's: what Dagster's record says of retries is due later.
    return HandClock(datetime(2026, 1, 20, 12, tzinfo=UTC))


@pytest.fixture(scope="package")
def services(
    servers: Servers, clock: HandClock, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Services]:
    name = servers.clone(TEMPLATE)
    servers.empty_valkey()
    with serving(World(now=clock), hold_seconds=10.0) as sandbox:
        settings = Settings(
            home=tmp_path_factory.mktemp("home"),
            database_url=servers.postgres.url(name),
            broker_url=servers.valkey.url(),
            hibp_url=sandbox.hibp_url,
            hibp_api_key=SecretStr(sandbox.hibp_key),
            leakcheck_url=sandbox.leakcheck_url,
            leakcheck_api_key=SecretStr(sandbox.leakcheck_key),
            provider_patience_seconds=2.0,
        )
        opened = build_services(settings, Keyring.generate(), clock=clock)
        yield opened
        opened.close()
    servers.drop(name)


@pytest.fixture(scope="package")
def instance(
    servers: Servers, dagster_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Generator[DagsterInstance]:
    name = servers.clone(dagster_template)
    folder = tmp_path_factory.mktemp("dagster")
    with (
        pytest.MonkeyPatch.context() as monkeypatch,
        instance_on(servers.postgres.url(name), servers, folder, monkeypatch) as opened,
    ):
        yield opened
    close_pools()
    servers.drop(name)


@pytest.fixture(scope="package")
def web(instance: DagsterInstance, services: Services) -> Generator[Web]:
    with served(instance, services) as serving_:
        yield serving_
