"""One system at a time on a database, whatever hosts they are on."""

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from kordant_pipelines.domain.errors import Misconfigured

_LOCK = 0x6B6F726461656D6E  # any constant of our own


@contextmanager
def sole_system(url: str) -> Generator[None]:
    """Hold a database for the length of a `with` block: two daemons would start everything twice.

    The lock is the connection's, so it is gone with the process, and also if the server restarts.

    Raises:
        Misconfigured: another system holds it.
    """
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        got = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _LOCK})
        if not got.scalar_one():
            raise Misconfigured(
                "Another `kordant up` runs on the database "
                f"{make_url(url).render_as_string(hide_password=True)}. Stop that one first; on "
                "further hosts run `kordant worker`."
            )
        try:
            yield
        finally:
            connection.invalidate()  # the server may be gone by now: ask it nothing more
