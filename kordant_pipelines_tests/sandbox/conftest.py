"""A sandbox shared by the tests that only read, and one of its own for each that changes it."""

from collections.abc import Iterator

import httpx
import pytest

from kordant_pipelines.sandbox.serve import Sandbox, serving
from kordant_pipelines.sandbox.world.world import World
from kordant_pipelines_tests.sandbox.support import Clock, hibp_client, leakcheck_client


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[Sandbox]:
    """The seeded world; for reading only."""
    with serving() as sandbox:
        yield sandbox


@pytest.fixture
def hibp(shared_sandbox: Sandbox) -> Iterator[httpx.Client]:
    with hibp_client(shared_sandbox) as client:
        yield client


@pytest.fixture
def leakcheck(shared_sandbox: Sandbox) -> Iterator[httpx.Client]:
    with leakcheck_client(shared_sandbox) as client:
        yield client


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Iterator[Sandbox]:
    """A sandbox of the test's own, on its clock."""
    with serving(World(now=clock.now)) as own:
        yield own
