"""Migrations make exactly what the models say, whoever runs them and how often."""

from collections.abc import Generator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from kordant_pipelines.domain.errors import Misconfigured
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.migrate import require_current, upgrade
from kordant_pipelines.storage.models import Base
from kordant_pipelines_tests.at_once import at_once
from kordant_pipelines_tests.conftest import Servers


@pytest.fixture
def empty(servers: Servers) -> Generator[Database]:
    name = servers.clone("template0")
    database = Database(servers.postgres.url(name))
    yield database
    database.close()
    servers.drop(name)


def test_the_migrated_schema_is_the_models(database: Database) -> None:
    with database.connection() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


def test_several_processes_may_upgrade_an_empty_database_at_once(empty: Database) -> None:
    def run(_number: int) -> tuple[str | None, str | None]:
        return upgrade(empty)

    results = at_once(run, 4)
    assert sum(before is None for before, _ in results) == 1
    assert len({after for _, after in results}) == 1
    require_current(empty)


def test_a_database_without_the_schema_is_refused_with_the_remedy(empty: Database) -> None:
    with pytest.raises(Misconfigured, match=r"nothing yet.*kordant db upgrade"):
        require_current(empty)


def test_an_unreachable_database_is_named_without_its_password() -> None:
    database = Database("postgresql+psycopg2://kordant:s3cret@127.0.0.1:1/kordant")
    with pytest.raises(
        Misconfigured, match=r"127\.0\.0\.1:1/kordant.*KORDANT_DATABASE_URL"
    ) as refused:
        database.check()
    assert "s3cret" not in str(refused.value)


def test_a_schema_of_a_newer_version_is_not_called_old(database: Database) -> None:
    with database.connection() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'ffff'"))
    for touch in (require_current, upgrade):
        with pytest.raises(Misconfigured, match="at ffff, which this version does not know"):
            touch(database)
