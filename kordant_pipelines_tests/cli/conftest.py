"""A shell whose settings point at a database of the test's own, and a desk on the same one."""

import os
from pathlib import Path

import pytest

from kordant_pipelines.domain.clock import utc_now
from kordant_pipelines.security.keyring import Keyring, write_keyring
from kordant_pipelines.storage.database import Database
from kordant_pipelines_tests.cli.shell import WIDTH, Shell
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.services.calendar.desk import Desk


@pytest.fixture
def shell(database_url: str, tmp_path: Path) -> Shell:
    keyring_file = tmp_path / "keyring.json"
    write_keyring(keyring_file, Keyring.generate())
    others = {name: None for name in os.environ if name.startswith(("KORDANT_", "DAGSTER_"))}
    return Shell(
        {
            **others,
            "COLUMNS": str(WIDTH),
            "KORDANT_HOME": str(tmp_path / "home"),
            "KORDANT_DATABASE_URL": database_url,
            "KORDANT_BROKER_URL": "redis://127.0.0.1:1/0",  # nothing here asks it
            "KORDANT_KEYRING_FILE": str(keyring_file),
        }
    )


@pytest.fixture
def desk(database: Database) -> Desk:
    """Nobody is in it. It is now, for the commands have a clock of their own."""
    return Desk.on(database, HandClock(utc_now()))
