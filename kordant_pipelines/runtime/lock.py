"""One process at a time on a state folder."""

import fcntl
import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kordant_pipelines.runtime.errors import HomeInUse, HomeUnusable
from kordant_pipelines.runtime.layout import Layout


@dataclass
class _Held:
    handle: int
    depth: int


_guard = threading.Lock()
_held: dict[tuple[int, Path], _Held] = {}  # by pid too: a forked child holds nothing


@contextmanager
def exclusive(layout: Layout) -> Generator[None]:
    """Hold the state folder for this process; within the process it may be nested.

    The kernel drops the lock when the process dies, however it dies.

    Raises:
        HomeInUse: another process holds it.
        HomeUnusable: the folder cannot be made or locked.
    """
    layout.ensure()
    key = (os.getpid(), layout.lock_file)
    with _guard:
        held = _held.get(key) or _Held(_acquire(layout), depth=0)
        held.depth += 1
        _held[key] = held
    try:
        yield
    finally:
        with _guard:
            held.depth -= 1
            if not held.depth:
                del _held[key]
                os.close(held.handle)


def require_held(layout: Layout) -> None:
    """Raise RuntimeError unless this very process holds the state folder: a caller's mistake."""
    if (os.getpid(), layout.lock_file) not in _held:
        raise RuntimeError(f"hold lock.exclusive() of {layout.home} first: this stops live servers")


def _acquire(layout: Layout) -> int:
    handle = os.open(layout.lock_file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
    except BlockingIOError:
        text = os.pread(handle, 32, 0).decode(errors="replace").strip()
        os.close(handle)
        raise HomeInUse(layout.home, int(text) if text.isdigit() else None) from None
    except OSError as error:
        os.close(handle)
        raise HomeUnusable(
            f"{layout.lock_file} cannot be locked: {error.strerror}. "
            "Set KORDANT_HOME to a folder on a local disk."
        ) from error
    return handle
