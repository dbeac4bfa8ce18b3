"""A supervised run to look at, and tiny programs that tell what happens to them."""

import asyncio
import io
from collections.abc import Awaitable, Callable

from kordant_pipelines.runtime.child import Child
from kordant_pipelines.runtime.sinks import ConsoleSink
from kordant_pipelines.runtime.supervisor import Backoff, Stage, Supervisor
from kordant_pipelines_tests.runtime.helpers import program

UNTIL_TERM = """
import signal, sys
def stop(*_):
    print("stopping")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("started")
while True: signal.pause()
"""


class Run:
    """A supervised run whose console output can be looked at."""

    def __init__(self, *stages: Stage, backoff: Backoff | None = None, hurry_after: float = 0.5):
        self.stream = io.StringIO()
        self.supervisor = Supervisor(
            stages, ConsoleSink(self.stream), backoff=backoff, hurry_after=hurry_after
        )

    def __call__(self, on_ready: Callable[[], Awaitable[None]] | None = None) -> int:
        """Run until `on_ready` returns; the exit status."""

        async def nothing() -> None:
            pass

        return asyncio.run(self.supervisor.run(on_ready=on_ready or nothing, then_stop=True))

    def until_signal(self, on_ready: Callable[[], Awaitable[None]]) -> int:
        """Run until a signal or a failure; the exit status."""
        return asyncio.run(self.supervisor.run(on_ready=on_ready))

    def said(self, name: str) -> list[str]:
        """What one program wrote."""
        lines = (line.partition("|") for line in self.stream.getvalue().splitlines())
        return [text.removeprefix(" ") for who, _, text in lines if who.strip() == name]

    async def until(self, name: str, text: str) -> None:
        """Wait until a program wrote a line with `text` in it."""
        async with asyncio.timeout(8):
            # Another program has no event to wait for.
            while not any(text in line for line in self.said(name)):  # noqa: ASYNC110 - see above
                await asyncio.sleep(0.01)


def talker(
    name: str, body: str = UNTIL_TERM, *, restart: bool = False, stop_timeout: float = 5.0
) -> Child:
    """A child that runs a small Python program."""
    return Child(name=name, argv=program(body), restart=restart, stop_timeout=stop_timeout)


async def forever() -> None:
    """The caller's own work that never ends."""
    await asyncio.Event().wait()
