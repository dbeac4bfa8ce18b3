"""What a supervised program is, and one running instance of it."""

import asyncio
import os
import pwd
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from kordant_pipelines.runtime.errors import ChildFailed
from kordant_pipelines.runtime.lifeline import Lifeline
from kordant_pipelines.runtime.lines import Lines
from kordant_pipelines.runtime.probes import POLL_SECONDS, Probe
from kordant_pipelines.runtime.sinks import LogSink


@dataclass(frozen=True, kw_only=True, slots=True)
class Child:
    """A program to keep running. Times in seconds; `env` None inherits, `user` needs root.

    `after_kill` is what remains to be done when a stop had to kill it, before the next stage stops.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    user: str | None = None
    ready: Probe | None = None
    ready_timeout: float = 60.0
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout: float = 10.0
    restart: bool = True
    after_kill: Callable[[], Awaitable[None]] | None = None


class Running:
    """One started process of a child, in a session of its own."""

    def __init__(
        self,
        child: Child,
        process: asyncio.subprocess.Process,
        output: Lines,
        lifeline: Lifeline,
    ) -> None:
        self.child = child
        self._process = process
        self._output = output
        self._lifeline = lifeline
        lifeline.watch(process.pid, stop_signal=child.stop_signal, stop_timeout=child.stop_timeout)

    @classmethod
    async def start(cls, child: Child, sink: LogSink, lifeline: Lifeline) -> Self:
        """Start the process; its output goes to `sink` line by line.

        Raises:
            ChildFailed: the program is missing or may not be run.
        """
        reading, writing = os.pipe()
        try:
            output = await Lines.read(reading, child.name, sink)
            try:
                # Nothing may be awaited after this: a process started is a process watched.
                process = await asyncio.create_subprocess_exec(
                    *child.argv,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=writing,
                    stderr=asyncio.subprocess.STDOUT,
                    env=child.env,
                    cwd=child.cwd,
                    start_new_session=True,  # Ctrl-C in the terminal reaches the supervisor alone
                    user=child.user,
                    group=pwd.getpwnam(child.user).pw_gid if child.user else None,
                    extra_groups=[] if child.user else None,
                )
            except BaseException:
                output.close()
                raise
        except OSError as error:
            raise ChildFailed(
                f"{child.name} could not be started: {error.strerror} ({child.argv[0]})."
            ) from error
        finally:
            os.close(writing)
        return cls(child, process, output, lifeline)

    @property
    def pid(self) -> int:
        """Process id, and the id of its group and session."""
        return self._process.pid

    async def until_ready(self) -> None:
        """Wait until the child's probe agrees.

        Raises:
            ChildFailed: the process ended first, or the time is over; with its last lines.
        """
        if self.child.ready is None:
            return
        probing = asyncio.create_task(_until(self.child.ready))
        ended = asyncio.create_task(self._process.wait())
        try:
            await asyncio.wait(
                {probing, ended},
                timeout=self.child.ready_timeout,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if ended.done():
                code = await self.ended()
                raise ChildFailed(
                    f"{self.child.name} {describe(code)} before it was ready. "
                    f"Its last lines:{self._output.tail}"
                )
            if not probing.done():
                raise ChildFailed(
                    f"{self.child.name} was not ready within {self.child.ready_timeout:g} s. "
                    f"Its last lines:{self._output.tail}"
                )
            probing.result()
        finally:
            for task in (probing, ended):
                task.cancel()

    async def ended(self) -> int:
        """Wait for the end, then kill what is left of the group; the exit code, -N for signal N."""
        code = await self._process.wait()
        self._kill_group()
        await self._output.drained()
        self._lifeline.forget(self.pid)
        return code

    async def stop(self, hurry: asyncio.Event) -> bool:
        """Ask the main process alone to stop, wait, then kill the group; True if it went by itself.

        Signalling the whole group would make Celery and Dagster fail the runs in flight.
        """
        ended = asyncio.create_task(self._process.wait())
        hurried = asyncio.create_task(hurry.wait())
        if not hurry.is_set():
            with suppress(ProcessLookupError):
                self._process.send_signal(self.child.stop_signal)
        await asyncio.wait(
            {ended, hurried},
            timeout=self.child.stop_timeout,
            return_when=asyncio.FIRST_COMPLETED,
        )
        by_itself = ended.done()
        hurried.cancel()
        self._kill_group()
        await ended
        await self.ended()
        return by_itself

    def _kill_group(self) -> None:
        # macOS answers EPERM for a group that holds nothing but zombies.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


def describe(code: int) -> str:
    """An exit code in words."""
    if code >= 0:
        return f"exited with code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"


async def _until(probe: Probe) -> None:
    while not await probe():  # noqa: ASYNC110 - another program has no event to wait for
        await asyncio.sleep(POLL_SECONDS)
