"""The pooled storages: few connections, right after a fork, limited for the webserver."""

import os
from collections import Counter

import pytest
from dagster import DagsterInstance, job, op
from psycopg2 import sql
from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from kordant_pipelines.orchestration.engine.pool import pooled_engine
from kordant_pipelines.orchestration.engine.storage import PooledPostgresStorage
from kordant_pipelines_tests.conftest import Servers


@op
def nothing() -> None:
    """Do nothing."""


@job
def quiet_job() -> None:
    """Run one op."""
    nothing()


def test_a_run_opens_no_connection_of_its_own(instance: DagsterInstance, dagster_url: str) -> None:
    quiet_job.execute_in_process(instance=instance)
    opened: Counter[str] = Counter()

    def count(*_: object) -> None:
        opened["connections"] += 1

    event.listen(pooled_engine(dagster_url), "connect", count)
    for _ in range(5):
        assert quiet_job.execute_in_process(instance=instance).success
    assert opened["connections"] == 0
    assert instance.get_runs_count() == 6


def test_a_new_instance_shares_the_pool_and_asks_for_no_tables(
    instance: DagsterInstance, dagster_url: str
) -> None:
    statements: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(pooled_engine(dagster_url), "before_cursor_execute", note)
    storage = PooledPostgresStorage(dagster_url)
    assert statements == []
    assert storage.run_storage.get_runs_count() == instance.get_runs_count()


def test_columns_are_asked_for_once(instance: DagsterInstance, dagster_url: str) -> None:
    quiet_job.execute_in_process(instance=instance)
    reflected: Counter[str] = Counter()

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        reflected["pg_attribute"] += "pg_catalog.pg_attribute" in statement

    event.listen(pooled_engine(dagster_url), "before_cursor_execute", note)
    for _ in range(3):
        quiet_job.execute_in_process(instance=instance)
    assert reflected["pg_attribute"] == 0


def test_a_forked_child_opens_its_own_connections(
    instance: DagsterInstance, dagster_url: str
) -> None:
    with pooled_engine(dagster_url).connect() as connection:
        mine = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with pooled_engine(dagster_url).connect() as connection:
            theirs = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        os.write(writing, str(theirs).encode())
        os._exit(0)
    os.close(writing)
    assert os.waitpid(child, 0)[1] == 0
    assert int(os.read(reading, 20)) != mine
    os.close(reading)
    with pooled_engine(dagster_url).connect() as connection:
        assert connection.execute(text("SELECT pg_backend_pid()")).scalar_one() == mine
    assert instance.get_runs_count() == 0


def test_the_webservers_statements_are_limited(dagster_url: str) -> None:
    storage = PooledPostgresStorage(dagster_url)
    storage.run_storage.optimize_for_webserver(statement_timeout=50, pool_recycle=1, max_overflow=1)
    with (
        pooled_engine(dagster_url, 50).connect() as connection,
        pytest.raises(OperationalError, match="statement timeout"),
    ):
        connection.execute(text("SELECT pg_sleep(5)"))


def test_a_connection_that_broke_while_it_rested_is_replaced(
    instance: DagsterInstance, dagster_url: str, servers: Servers
) -> None:
    """As after a restart of Postgres."""
    assert instance.get_runs_count() == 0
    engine = pooled_engine(dagster_url)
    event.listen(engine, "checkin", _rested)
    assert instance.get_runs_count() == 0
    _break_connections(servers, dagster_url)
    assert instance.get_runs_count() == 0


def _rested(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["kordant.used_at"] = 0.0


def _break_connections(servers: Servers, url: str) -> None:
    servers.execute(
        sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}").format(
            sql.Literal(make_url(url).database)
        )
    )
