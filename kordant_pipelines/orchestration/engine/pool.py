"""One connection pool per process and database, for all of Dagster's storages.

dagster-postgres opens a connection for every statement (NullPool), about 15 for a run's start.
Storages are made anew for every run, so the pool must outlive them: it belongs to the process.
"""

import os
import threading
import time
from typing import Any

import psycopg2
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

_POOL_SIZE = 4
_MAX_OVERFLOW = 12
_RECYCLE_SECONDS = 1800
_RESTED_SECONDS = 1.0
_USED_AT = "kordant.used_at"

_engines: dict[tuple[str, int | None], Engine] = {}
_lock = threading.Lock()


def pooled_engine(url: str, statement_timeout_ms: int | None = None) -> Engine:
    """The process's engine for `url`, made on first use; statements are limited if asked for."""
    with _lock:
        engine = _engines.get((url, statement_timeout_ms))
        if engine is None:
            engine = _engines[url, statement_timeout_ms] = _make(url, statement_timeout_ms)
        return engine


def close_pools() -> None:
    """Close the process's idle connections; the next use opens new ones."""
    with _lock:
        for engine in _engines.values():
            engine.dispose()
        _engines.clear()


def _make(url: str, statement_timeout_ms: int | None) -> Engine:
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=_POOL_SIZE,
        max_overflow=_MAX_OVERFLOW,
        pool_recycle=_RECYCLE_SECONDS,
        connect_args={"application_name": "kordant-dagster", "connect_timeout": 10},
    )
    _ping_the_rested(engine)
    if statement_timeout_ms is not None:

        @event.listens_for(engine, "connect")
        def _limit(connection: Any, _record: Any) -> None:
            with connection, connection.cursor() as cursor:
                cursor.execute(f"SET statement_timeout = {int(statement_timeout_ms)}")

    return engine


def _ping_the_rested(engine: Engine) -> None:
    """Ask a connection that was not used for a while whether it still works; else replace it.

    SQLAlchemy's own pre-ping asks before each statement, a quarter of the time a worker's child
    spends on a run. One that breaks between two statements breaks what uses it, ping or not.
    """

    @event.listens_for(engine, "checkin")
    def _note(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info[_USED_AT] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _ping(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        used_at = record.info.get(_USED_AT)
        if used_at is None or time.monotonic() - used_at < _RESTED_SECONDS:
            return
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except psycopg2.Error:
            raise DisconnectionError from None  # the pool opens another


def _forget_parents_connections() -> None:
    # A child must neither use nor close the sockets it inherited.
    global _lock
    _lock = threading.Lock()
    for engine in _engines.values():
        engine.dispose(close=False)
    _engines.clear()


os.register_at_fork(after_in_child=_forget_parents_connections)
