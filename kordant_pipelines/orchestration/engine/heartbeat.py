"""A worker's heartbeat: each second its main process writes that it lives and what it holds."""

import logging
import threading
from collections.abc import Callable, Collection
from typing import Protocol

from celery.worker import state
from sqlalchemy.exc import SQLAlchemyError

from kordant_pipelines.domain.errors import Misconfigured

EVERY_SECONDS = 1.0
AT_MOST_EVERY_SECONDS = 0.1
"""A task that arrives is told of at once, but not each of a hundred alone."""

_logger = logging.getLogger(__name__)


class Register(Protocol):
    """Where beats are written: `services.workers.Workers`."""

    def beat(self, worker_id: str, *, slots: int, tasks: Collection[str]) -> None:
        """Write that the worker lives and holds these tasks."""

    def leave(self, worker_id: str) -> None:
        """Take the worker off the record."""


class Heartbeat:
    """Beats from a thread of its own: the main one must not wait for a database that is away."""

    def __init__(
        self, register: Register, worker_id: str, slots: int, held: Callable[[], Collection[str]]
    ) -> None:
        self._register = register
        self._worker_id = worker_id
        self._slots = slots
        self._held = held
        self._news = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self._misses = 0

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def wake(self) -> None:
        """Beat soon, for what is held has changed."""
        self._news.set()

    def stop(self) -> None:
        """Beat no more, and say that nothing is held any longer."""
        self._stopping.set()
        self._news.set()
        self._thread.join(EVERY_SECONDS)
        self._tell(lambda: self._register.leave(self._worker_id))

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._tell(
                lambda: self._register.beat(self._worker_id, slots=self._slots, tasks=self._held())
            )
            self._stopping.wait(AT_MOST_EVERY_SECONDS)
            self._news.wait(EVERY_SECONDS - AT_MOST_EVERY_SECONDS)
            self._news.clear()

    def _tell(self, write: Callable[[], None]) -> None:
        try:
            write()
        except (Misconfigured, SQLAlchemyError) as error:
            if not self._misses:
                _logger.warning("the heartbeat is not written: %s", type(error).__name__)
            self._misses += 1
        else:
            if self._misses:
                _logger.warning("the heartbeat is written again, after %d misses", self._misses)
            self._misses = 0


def tasks_held() -> set[str]:
    """The ids of the tasks that this process took from the broker and has not ended."""
    while True:
        try:
            # Sets of weak references, which another thread changes.
            return {str(r.id) for r in (*state.reserved_requests, *state.active_requests)}
        except RuntimeError:
            continue
