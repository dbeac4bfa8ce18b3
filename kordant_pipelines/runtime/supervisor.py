"""Starts programs stage by stage, keeps them running, stops them in reverse.

Why not a kept library: honcho starts everything at once and ends everything with the first to
end, and circus and supervisor are daemons with configuration files whose order of start is a
priority or a pause, not readiness. What is needed is small and particular: stages that wait for
readiness, a session per child, restarts that back off, and a stop signal to the main process alone.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from kordant_pipelines.runtime.child import Child, Running, describe
from kordant_pipelines.runtime.errors import ChildFailed
from kordant_pipelines.runtime.health import RUNNING, Health
from kordant_pipelines.runtime.lifeline import Lifeline
from kordant_pipelines.runtime.orphans import reap_orphans
from kordant_pipelines.runtime.sinks import LogSink
from kordant_pipelines.runtime.stop_signals import handled

_SELF = "kordant"


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """Work to do once between children, such as a migration; a stage waits for it."""

    name: str
    action: Callable[[], Awaitable[None]]


Stage = Sequence[Child | Step]
"""What may start side by side; the next stage starts when all of it is ready."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Backoff:
    """Waits between restarts, in seconds: doubling from `first` to `longest`.

    They start anew after a child ran for `healthy_after`.
    """

    first: float = 1.0
    longest: float = 30.0
    healthy_after: float = 60.0

    def delay(self, failures: int) -> float:
        """The wait after the `failures`-th failure in a row, counted from 1."""
        return min(self.longest, self.first * 2 ** min(failures - 1, 30))


class Supervisor:
    """Runs stages of children until a signal, or until one that may not restart ends.

    SIGTERM, SIGINT and SIGHUP stop it; another one after `hurry_after` seconds kills what is left.
    (Sooner it is the same request: a terminal and a wrapper such as `uv run` each send one.)
    `failure` is the sentence that tells why `run` returned 1.
    """

    def __init__(
        self,
        stages: Sequence[Stage],
        sink: LogSink,
        *,
        backoff: Backoff | None = None,
        hurry_after: float = 0.5,
    ) -> None:
        names = [item.name for stage in stages for item in stage]
        if len(set(names)) < len(names):
            raise ValueError(f"two children share a name: {sorted(names)}")
        self.failure: str | None = None
        self._stages = stages
        self._sink = sink
        self._backoff = backoff or Backoff()
        self._hurry_after = hurry_after
        self._live: dict[str, Running] = {}
        self._begun: set[str] = set()
        self._keepers: list[asyncio.Task[None]] = []
        self._verdict: asyncio.Future[None]
        self._hurry: asyncio.Event
        self._asked_at: float | None = None

    async def run(
        self, *, on_ready: Callable[[], Awaitable[None]] | None = None, then_stop: bool = False
    ) -> int:
        """Start everything, await `on_ready`, stay until asked to stop; returns the exit status.

        With `then_stop` the end of `on_ready` is the request to stop; a signal or a failed child
        cancels `on_ready`. Returns 0 after a stop on request, 1 after a child failed. What
        `on_ready` raises comes out of here once all is stopped. Only the main thread gets signals.
        """
        self._verdict = asyncio.get_running_loop().create_future()
        self._hurry = asyncio.Event()
        with Lifeline() as lifeline, handled(self._on_signal):
            work = asyncio.create_task(self._work(lifeline, on_ready, then_stop=then_stop))
            try:
                await asyncio.wait({work, self._verdict}, return_when=asyncio.FIRST_COMPLETED)
                outcome = self._verdict if self._verdict.done() else work
            finally:
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)
                await self._stop_all()
        try:
            outcome.result()
        except ChildFailed as error:
            self.failure = str(error)
            return 1
        return 0

    async def health(self) -> Health:
        """How each child fares now; those with a probe are asked again."""
        children = [item for stage in self._stages for item in stage if isinstance(item, Child)]
        states = await asyncio.gather(*(self._state(child) for child in children))
        parts = {child.name: state for child, state in zip(children, states, strict=True)}
        return Health(parts, stopping=self._asked_at is not None)

    async def _state(self, child: Child) -> str:
        if child.name not in self._live:
            return "restarting" if child.name in self._begun else "not started"
        if child.name not in self._begun:
            return "starting"
        return RUNNING if child.ready is None or await child.ready() else "not answering"

    async def _work(
        self,
        lifeline: Lifeline,
        on_ready: Callable[[], Awaitable[None]] | None,
        *,
        then_stop: bool,
    ) -> None:
        for stage in self._stages:
            try:
                async with asyncio.TaskGroup() as group:
                    for item in stage:
                        group.create_task(self._begin(item, lifeline))
            except ExceptionGroup as several:
                raise several.exceptions[0] from None
        # Not before: a step's own processes are its own to wait for.
        reaping = asyncio.create_task(reap_orphans(lambda: self._pids(lifeline)))
        try:
            if on_ready:
                await on_ready()
            if not then_stop:
                await asyncio.Event().wait()
        finally:
            reaping.cancel()

    def _pids(self, lifeline: Lifeline) -> set[int]:
        return {lifeline.pid, *(running.pid for running in self._live.values())}

    async def _begin(self, item: Child | Step, lifeline: Lifeline) -> None:
        if isinstance(item, Step):
            await item.action()
            self._say(f"{item.name} done")
            return
        running = await self._start(item, lifeline)
        await running.until_ready()
        self._begun.add(item.name)
        self._say(f"{item.name} is ready (process {running.pid})")
        self._keepers.append(asyncio.create_task(self._keep(running, lifeline)))

    async def _start(self, child: Child, lifeline: Lifeline) -> Running:
        running = await Running.start(child, self._sink, lifeline)
        self._live[child.name] = running
        return running

    async def _keep(self, running: Running, lifeline: Lifeline) -> None:
        """Follow one child through its restarts."""
        child = running.child
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            since = loop.time()
            how = describe(await running.ended())
            del self._live[child.name]
            if not child.restart:
                self._fail(ChildFailed(f"{child.name} {how}, so everything was stopped."))
                return
            failures = 1 if loop.time() - since >= self._backoff.healthy_after else failures + 1
            delay = self._backoff.delay(failures)
            self._say(f"{child.name} {how}; it starts again in {delay:g} s")
            await asyncio.sleep(delay)
            try:
                running = await self._start(child, lifeline)
            except ChildFailed as error:
                self._fail(error)
                return

    async def _stop_all(self) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for stage in reversed(self._stages):
            names = (item.name for item in stage)
            await asyncio.gather(
                *(self._stop(self._live[name]) for name in names if name in self._live)
            )

    async def _stop(self, running: Running) -> None:
        child = running.child
        self._say(f"stopping {child.name} (up to {child.stop_timeout:g} s)")
        if not await running.stop(self._hurry):
            self._say(f"{child.name} was killed")
            if child.after_kill and not self._hurry.is_set():
                await child.after_kill()
        del self._live[child.name]

    def _on_signal(self, number: signal.Signals) -> None:
        now = asyncio.get_running_loop().time()
        if self._asked_at is None:
            self._asked_at = now
            self._say(f"stopping on {number.name}; once more to kill what is left")
            if not self._verdict.done():
                self._verdict.set_result(None)
        elif now - self._asked_at >= self._hurry_after:
            self._say(f"hurrying on {number.name}: killing what is left")
            self._hurry.set()

    def _fail(self, error: ChildFailed) -> None:
        if not self._verdict.done():
            self._verdict.set_exception(error)

    def _say(self, text: str) -> None:
        for line in text.splitlines():
            self._sink.line(_SELF, line)
