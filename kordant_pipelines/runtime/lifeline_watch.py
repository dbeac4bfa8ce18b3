"""The program behind `lifeline.py`, run by path and outside the venv: standard library only.

Reads lines `watch PID SIGNAL SECONDS` and `forget PID`; at the end of input it stops what is
still listed, the last started first: the signal to the process, then SIGKILL to its group.
"""

import os
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def main(lines: Iterable[str]) -> None:
    """Follow the list, then stop what is left on it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # only the end of the pipe counts
    watched: dict[int, tuple[int, float]] = {}
    for line in lines:
        word, pid, *how = line.split()
        if word == "watch":
            watched[int(pid)] = (int(how[0]), float(how[1]))
        else:
            watched.pop(int(pid), None)
    for pid, (number, patience) in reversed(watched.items()):
        with suppress(ProcessLookupError):
            os.kill(pid, number)
            deadline = time.monotonic() + patience
            while time.monotonic() < deadline and _runs(pid):
                time.sleep(0.05)
        with suppress(ProcessLookupError, PermissionError):  # macOS: EPERM when all are zombies
            os.killpg(pid, signal.SIGKILL)


def _runs(pid: int) -> bool:
    os.kill(pid, 0)  # ProcessLookupError once it is gone
    try:
        # Not one that has ended and waits for a slow init to notice.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except FileNotFoundError:
        return True  # gone this moment, or no /proc on this system


if __name__ == "__main__":
    main(sys.stdin)
