"""dagster-postgres's storages on the process's pool, asking once what never changes."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from dagster._core.storage.dagster_run import DagsterRun
from dagster._serdes import ConfigurableClassData
from dagster_postgres.event_log import PostgresEventLogStorage
from dagster_postgres.run_storage import PostgresRunStorage
from dagster_postgres.schedule_storage import PostgresScheduleStorage
from dagster_postgres.storage import DagsterPostgresStorage
from dagster_postgres.utils import pg_url_from_config
from dagster_shared.record import copy
from sqlalchemy import Engine

from kordant_pipelines.orchestration.engine.pool import pooled_engine

_tables_exist: set[tuple[type, str]] = set()


class _Pooled:
    """Puts a storage on the process's pool once its tables are known to be there."""

    _engine: Engine
    postgres_url: str

    def __init__(self, postgres_url: str) -> None:
        known = (type(self), postgres_url)
        super().__init__(postgres_url, should_autocreate_tables=known not in _tables_exist)  # pyright: ignore[reportCallIssue]: the storage beside this mix-in takes both
        _tables_exist.add(known)
        self._engine.dispose()
        self._engine = pooled_engine(postgres_url)

    def optimize_for_webserver(
        self, statement_timeout: int, pool_recycle: int, max_overflow: int
    ) -> None:
        """Limit statements as the webserver asks; the pool's own sizes hold."""
        del pool_recycle, max_overflow
        self._engine = pooled_engine(self.postgres_url, statement_timeout)


class PooledRunStorage(_Pooled, PostgresRunStorage):
    """Run storage: the job-status record."""

    def add_run(self, dagster_run: DagsterRun) -> DagsterRun:
        """Store a new run, with the lineage that its tags tell.

        A sensor can ask for lineage by tags only; without the fields the UI finds a root's retries,
        but not a retry's root.
        """
        root, parent = dagster_run.get_root_run_id(), dagster_run.get_parent_run_id()
        if root and parent and dagster_run.parent_run_id is None:
            dagster_run = copy(dagster_run, root_run_id=root, parent_run_id=parent)
        return super().add_run(dagster_run)

    def has_backfill_id_column(self) -> bool:
        """Whether the schema has the column; asked of the database once per instance."""
        return self._has_backfill_id

    def has_run_stats_index_cols(self) -> bool:
        """Whether the schema has the columns; asked of the database once per instance."""
        return self._has_run_stats

    @cached_property
    def _has_backfill_id(self) -> bool:
        return super().has_backfill_id_column()

    @cached_property
    def _has_run_stats(self) -> bool:
        return super().has_run_stats_index_cols()


class PooledEventLogStorage(_Pooled, PostgresEventLogStorage):
    """Event log storage."""


class PooledScheduleStorage(_Pooled, PostgresScheduleStorage):
    """Schedule and sensor storage."""


class PooledPostgresStorage(DagsterPostgresStorage):
    """All three storages, as dagster.yaml names them."""

    def __init__(self, postgres_url: str, inst_data: ConfigurableClassData | None = None) -> None:
        self.postgres_url = postgres_url
        self.should_autocreate_tables = True
        self._inst_data = inst_data
        self._run_storage = PooledRunStorage(postgres_url)
        self._event_log_storage = PooledEventLogStorage(postgres_url)
        self._schedule_storage = PooledScheduleStorage(postgres_url)
        # The parent's own __init__ would make the three unpooled ones, and query for each.
        super(DagsterPostgresStorage, self).__init__()

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "PooledPostgresStorage":
        """Make it from dagster.yaml's `config`."""
        return cls(pg_url_from_config(config_value), inst_data)

    def upgrade(self) -> None:
        """Run Dagster's migrations, of the tables and of the data in them."""
        for part in (self._run_storage, self._event_log_storage, self._schedule_storage):
            part.upgrade()
        self._run_storage.migrate()
        self._event_log_storage.reindex_events()
        self._schedule_storage.migrate()

    @property
    def run_storage_data(self) -> ConfigurableClassData | None:
        """How another process rebuilds the run storage alone: never, it rebuilds the whole."""
        return None

    @property
    def event_storage_data(self) -> ConfigurableClassData | None:
        """As `run_storage_data`."""
        return None

    @property
    def schedule_storage_data(self) -> ConfigurableClassData | None:
        """As `run_storage_data`."""
        return None
