"""Bringing the domain database to the newest schema, safely from several processes at once."""

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from kordant_pipelines.domain.errors import Misconfigured
from kordant_pipelines.storage.database import Database

_LOCK = 0x6B6F7264  # "kord": any constant of our own


def upgrade(database: Database) -> tuple[str | None, str | None]:
    """Run all pending migrations; return the revisions before and after."""
    database.check()
    with database.connection() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        before = MigrationContext.configure(connection).get_current_revision()
        _require_known(before)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        after = MigrationContext.configure(connection).get_current_revision()
    return before, after


def require_current(database: Database) -> None:
    """Raise Misconfigured if the database is not at the newest schema, with the remedy."""
    database.check()
    with database.connection() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    _require_known(current)
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if current != head:
        raise Misconfigured(
            f"The database's schema is at {current or 'nothing yet'}, this version needs {head}. "
            "Run: kordant db upgrade"
        )


def _require_known(revision: str | None) -> None:
    scripts = ScriptDirectory.from_config(_config())
    known = {script.revision for script in scripts.walk_revisions()}
    if revision is not None and revision not in known:
        raise Misconfigured(
            f"The database's schema is at {revision}, which this version does not know: a newer "
            "version made it, or it is not Kordant's. Install that version, or correct "
            "KORDANT_DATABASE_URL."
        )


def _config() -> Config:
    config = Config()
    config.set_main_option(
        "script_location", str(files("kordant_pipelines.storage").joinpath("migrations"))
    )
    return config
