"""The pooled engine and its transactions."""

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from kordant_pipelines.domain.errors import Misconfigured


class DatabaseUnreachable(Misconfigured):
    """The Postgres server does not answer, or refuses this database or user."""

    def __init__(self, url: str, error: DBAPIError) -> None:
        first_line = str(error.orig).strip().splitlines()[0]
        super().__init__(
            f"Cannot use the database {make_url(url).render_as_string(hide_password=True)}: "
            f"{first_line}. Start that server or correct KORDANT_DATABASE_URL; unset it to use "
            "the embedded server, which `kordant up` starts."
        )


class Database:
    """One process's pool of connections to the domain database. Make it after any fork."""

    def __init__(self, url: str, *, pool_size: int = 5) -> None:
        self.url = url
        self._engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=5,
            pool_pre_ping=True,
            # Parameters are personal data as often as not: never in an exception's text.
            hide_parameters=True,
            connect_args={"application_name": "kordant", "connect_timeout": 10},
        )
        self._sessions = sessionmaker(self._engine, expire_on_commit=False)

    @contextmanager
    def transaction(self) -> Generator[Session]:
        """A session whose work is committed whole on success and not at all otherwise."""
        with self._reachable(), self._sessions.begin() as session:
            yield session

    @contextmanager
    def connection(self) -> Generator[Connection]:
        """A bare connection in a transaction."""
        with self._reachable(), self._engine.begin() as connection:
            yield connection

    def check(self) -> None:
        """Raise DatabaseUnreachable unless the database answers."""
        with self._reachable(), self._engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    @contextmanager
    def _reachable(self) -> Generator[None]:
        try:
            yield
        except DBAPIError as error:
            # The driver gives what it never had an answer to no code: a refused connection, a
            # server gone under way, a URL with an option that there is not.
            if getattr(error.orig, "pgcode", None) is None:
                raise DatabaseUnreachable(self.url, error) from None
            raise

    def close(self) -> None:
        """Close every pooled connection."""
        self._engine.dispose()


def violated_constraint(error: IntegrityError) -> str | None:
    """The name of the constraint an insert ran into."""
    diagnostics = getattr(error.orig, "diag", None)
    return getattr(diagnostics, "constraint_name", None)
