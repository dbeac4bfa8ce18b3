"""Creating and migrating Dagster's own tables, before anything runs on them."""

from kordant_pipelines.orchestration.engine.storage import PooledPostgresStorage


def upgrade_dagster(postgres_url: str) -> tuple[str | None, str | None]:
    """Bring Dagster's tables to the installed version; return the revisions before and after."""
    storage = PooledPostgresStorage(postgres_url)  # creates the tables of an empty database
    before, newest = storage.run_storage.alembic_version() or (None, None)
    if before != newest:
        storage.upgrade()
    after, _ = storage.run_storage.alembic_version() or (None, None)
    return before, after
