"""A state folder of the module's own."""

import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def home() -> Generator[Path]:
    # Not under tmp_path: as root Postgres runs as another user, whom pytest shuts out.
    folder = Path(tempfile.mkdtemp(prefix="kordant-e2e-"))
    yield folder / "home"
    shutil.rmtree(folder)
