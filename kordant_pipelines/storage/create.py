"""Creating a database that is not there yet, on a server of the operator's own."""

from psycopg2 import errors
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from kordant_pipelines.domain.errors import Misconfigured


def ensure_database(url: str) -> bool:
    """Create the database that `url` names if the server lacks it; whether that was done.

    Nothing is done where the server's `postgres` database cannot be asked: whoever then uses
    `url` meets the reason.

    Raises:
        Misconfigured: it is missing, and this user may not create it.
    """
    target = make_url(url)
    engine = create_engine(target.set(database="postgres"), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            present = text("SELECT 1 FROM pg_database WHERE datname = :name")
            if connection.execute(present, {"name": target.database}).first():
                return False
            name = connection.dialect.identifier_preparer.quote(str(target.database))
            connection.execute(text(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0"))
    except DBAPIError as error:
        if getattr(error.orig, "pgcode", None) is None:  # no answer: whoever uses `url` meets it
            return False
        if isinstance(error.orig, errors.InsufficientPrivilege):
            raise Misconfigured(
                f"There is no database {target.database!r} at {target.host}, and user "
                f"{target.username!r} may not create one. As an administrator of that server, "
                f'run: CREATE DATABASE "{target.database}" OWNER "{target.username}"'
            ) from None
        # Another host may have made it between our look and our statement.
        if not isinstance(error.orig, errors.DuplicateDatabase | errors.UniqueViolation):
            raise
        return False
    finally:
        engine.dispose()
    return True
