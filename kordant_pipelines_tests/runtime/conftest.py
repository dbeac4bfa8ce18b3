"""Homes of the tests' own."""

import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from kordant_pipelines.runtime.layout import Layout


@pytest.fixture
def layout() -> Generator[Layout]:
    """A fresh home with a short path, so that its sockets lie inside it.

    Not under tmp_path: each pytest session closes that folder to others again, and as root
    Postgres runs as another user.
    """
    home = Path(tempfile.mkdtemp(prefix="kordant-"))
    yield Layout(home)
    shutil.rmtree(home)


@pytest.fixture
def spaced() -> Generator[Layout]:
    """A home such as macOS has by default: spaces in it, and too long for a socket."""
    top = Path(tempfile.mkdtemp(prefix="kordant-"))
    layout = Layout(top / "Library" / "Application Support" / ("a long name " * 6) / "kordant")
    yield layout
    shutil.rmtree(top)
    shutil.rmtree(layout.sockets, ignore_errors=True)
