"""Bringing both databases to the schema this version needs."""

from collections.abc import Iterator

from sqlalchemy.engine import make_url

from kordant_pipelines.runtime.environment import Environment
from kordant_pipelines.storage.create import ensure_database
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.migrate import upgrade


def upgrade_databases(environment: Environment) -> Iterator[str]:
    """Run what is pending; a line for each database says what was done.

    Raises:
        Misconfigured: a database cannot be reached.
    """
    for url in (environment.database_url, environment.dagster_database_url):
        if ensure_database(url):
            yield f"{make_url(url).database}: created"
        check = Database(url)
        try:
            check.check()
        finally:
            check.close()
    database = Database(environment.database_url)
    try:
        before, after = upgrade(database)
    finally:
        database.close()
    yield f"kordant: {_said(before, after)}"
    # Dagster takes a second to import, which commands without a database should not cost.
    from kordant_pipelines.orchestration.engine.upgrade import upgrade_dagster

    yield f"dagster: {_said(*upgrade_dagster(environment.dagster_database_url))}"


def _said(before: str | None, after: str | None) -> str:
    if before == after:
        return f"up to date at {after}"
    return f"from {before or 'nothing'} to {after}"
