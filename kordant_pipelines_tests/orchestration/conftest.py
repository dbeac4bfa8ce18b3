"""A Dagster instance of the test's own, made from the project's dagster.yaml."""

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from dagster import DagsterInstance

from kordant_pipelines.orchestration.engine.pool import close_pools
from kordant_pipelines.orchestration.engine.upgrade import upgrade_dagster
from kordant_pipelines.runtime.environment import packaged
from kordant_pipelines_tests.conftest import Servers

DAGSTER_TEMPLATE = "dagster_template"


@pytest.fixture(scope="session")
def dagster_template(servers: Servers) -> str:
    """A database with Dagster's tables, made once."""
    servers.postgres.ensure_databases([DAGSTER_TEMPLATE])
    url = servers.postgres.url(DAGSTER_TEMPLATE)
    upgrade_dagster(url)
    close_pools()
    return DAGSTER_TEMPLATE


@pytest.fixture
def dagster_url(servers: Servers, dagster_template: str) -> Generator[str]:
    name = servers.clone(dagster_template)
    yield servers.postgres.url(name)
    close_pools()
    servers.drop(name)


@pytest.fixture
def instance(
    dagster_url: str, servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Generator[DagsterInstance]:
    """The instance that dagster.yaml describes, on the test's database."""
    with instance_on(dagster_url, servers, tmp_path, monkeypatch) as opened:
        yield opened


@contextmanager
def instance_on(
    dagster_url: str, servers: Servers, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Generator[DagsterInstance]:
    """The instance that dagster.yaml describes, on this database, its home an empty folder."""
    shutil.copy(packaged("dagster.yaml"), folder / "dagster.yaml")
    monkeypatch.setenv("KORDANT_DAGSTER_DATABASE_URL", dagster_url)
    monkeypatch.setenv("KORDANT_CELERY_URL", servers.valkey.celery_url())
    monkeypatch.setenv("KORDANT_RUN_SLOTS", "4")
    with DagsterInstance.from_config(str(folder)) as opened:
        yield opened
