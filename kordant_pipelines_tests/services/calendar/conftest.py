"""A desk for each test, all on one database that is emptied between them: a clone costs more."""

from collections.abc import Generator

import pytest

from kordant_pipelines.storage.database import Database
from kordant_pipelines_tests.calendar_laws.crowd import empty
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.conftest import TEMPLATE, Servers
from kordant_pipelines_tests.services.calendar.desk import Desk


@pytest.fixture(scope="package")
def shared_database(servers: Servers) -> Generator[Database]:
    name = servers.clone(TEMPLATE)
    opened = Database(servers.postgres.url(name))
    yield opened
    opened.close()
    servers.drop(name)


@pytest.fixture
def desk(shared_database: Database, clock: HandClock) -> Desk:
    """Nobody is in it. It is Tuesday, 24 November 2026, noon."""
    empty(shared_database)
    return Desk.on(shared_database, clock)
