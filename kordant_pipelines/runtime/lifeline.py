"""Stops our children when we ourselves are killed; `lifeline_watch.py` is the other end.

A helper process reads a pipe only we can write to. When we die, by SIGKILL too, the pipe ends and
the helper stops what is still on its list, the last started first. Linux' PR_SET_PDEATHSIG would
do less: it knows neither macOS nor grandchildren nor an order, is reset when the child changes
user, and needs code between fork and exec. A child forked in the last milliseconds, before it
could be put on the list, escapes; the next start still stops the servers it finds left over.
"""

import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from kordant_pipelines.runtime import lifeline_watch


class Lifeline:
    """A context manager; children still on the list when it closes are stopped as well."""

    def __enter__(self) -> Self:
        self._helper = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(lifeline_watch.__file__))],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._helper.stdin:
            with suppress(BrokenPipeError):
                self._helper.stdin.close()
        self._helper.wait()

    @property
    def pid(self) -> int:
        """Process id of the helper."""
        return self._helper.pid

    def watch(self, pid: int, *, stop_signal: signal.Signals, stop_timeout: float) -> None:
        """Put a child, the leader of its own session, on the list."""
        self._say(f"watch {pid} {stop_signal.value} {stop_timeout}")

    def forget(self, pid: int) -> None:
        """Take a child off the list: it ended."""
        self._say(f"forget {pid}")

    def _say(self, line: str) -> None:
        if self._helper.stdin:
            # Without its helper the parent still works; only its own sudden death goes unwatched.
            with suppress(BrokenPipeError):
                self._helper.stdin.write(f"{line}\n".encode())
                self._helper.stdin.flush()
