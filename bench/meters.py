"""What a tree of processes uses, and how many connections Postgres has, sampled while work runs."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

import psutil
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from kordant_pipelines.runtime.stack import WORKER_APP

EVERY_SECONDS = 0.25


def cpu_seconds(tree: psutil.Process, *, without: frozenset[int] = frozenset()) -> float:
    """CPU that a process and all below it have used, those that ended included."""
    total = 0.0
    with suppress(psutil.NoSuchProcess):
        for process in [tree, *tree.children(recursive=True)]:
            if process.pid in without:
                continue
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                total += times.user + times.system + times.children_user + times.children_system
    return total


def worker_children(tree: psutil.Process) -> list[psutil.Process]:
    """The processes of a worker that execute runs."""
    for process in tree.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if WORKER_APP in process.cmdline():
                return process.children()
    return []


class Samples:
    """Highest values of what is sampled while it is open; `database` is any of the server's."""

    def __init__(self, database: str, tree: psutil.Process | None = None) -> None:
        # A connection of its own, which is not counted.
        self._engine = create_engine(database, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        self._tree = tree
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.connections: list[int] = []
        self.rss_mb: list[float] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        with self._engine.connect() as connection:
            while not self._stopping.wait(EVERY_SECONDS):
                self.connections.append(connection.execute(text(_CONNECTIONS)).scalar_one())
                if self._tree is not None:
                    self._sample_workers(self._tree)

    def _sample_workers(self, tree: psutil.Process) -> None:
        for child in worker_children(tree):
            with suppress(psutil.NoSuchProcess):
                self.rss_mb.append(child.memory_info().rss / 2**20)


_CONNECTIONS = """
SELECT count(*) FROM pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


def quantile(values: list[float], share: float) -> float:
    """The smallest value that this share of all values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def until(true: Callable[[], bool], *, timeout: float, what: str) -> None:
    """Wait for something.

    Raises:
        TimeoutError: it did not come about.
    """
    deadline = time.monotonic() + timeout
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {timeout:g} s")
        time.sleep(0.1)
