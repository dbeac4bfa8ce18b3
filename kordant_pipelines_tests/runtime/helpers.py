"""Waiting for another process, and small programs to supervise."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path


def eventually(holds: Callable[[], object], timeout: float = 8.0) -> None:
    """Wait until `holds()` is true; fail after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not holds():
        assert time.monotonic() < deadline, f"not within {timeout:g} s"
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    """Whether no live process has this pid; one that only waits to be reaped is gone."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except ProcessLookupError:
        return True
    except FileNotFoundError:
        return sys.platform == "linux"
    return state == "Z"


def program(body: str) -> list[str]:
    """Command line of a small Python program; starts in about 20 ms."""
    return [sys.executable, "-I", "-S", "-u", "-c", body]
