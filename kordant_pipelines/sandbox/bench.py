"""One running sandbox's state: the world, what is broken, what is limited, what was called."""

import asyncio

from starlette.types import Receive

from kordant_pipelines.sandbox.calls import CallLedger
from kordant_pipelines.sandbox.faults import FaultBook
from kordant_pipelines.sandbox.plans import PlanBook
from kordant_pipelines.sandbox.world.world import World

HOLD_SECONDS = 30.0
"""How long a request that meets a `timeout` fault is held at most."""


class Bench:
    """One sandbox's state; `hold_seconds` bounds a held answer."""

    def __init__(self, world: World, *, hold_seconds: float = HOLD_SECONDS) -> None:
        self.world = world
        self.hold_seconds = hold_seconds
        self.faults = FaultBook(now=world.now, randomness=world.randomness)
        self.plans = PlanBook(now=world.now)
        self.calls = CallLedger()
        self._closing = asyncio.Event()

    def close(self) -> None:
        """Let every held request go; call it on the event loop."""
        self._closing.set()

    async def hold(self, receive: Receive) -> bool:
        """Wait as a hung provider would: `hold_seconds`, or until the sandbox closes.

        False as soon as the caller has left, for nobody is there to be answered.
        """
        left = asyncio.create_task(_until_disconnected(receive))
        closing = asyncio.create_task(self._closing.wait())
        waits = {left, closing}
        try:
            await asyncio.wait(
                waits, timeout=self.hold_seconds, return_when=asyncio.FIRST_COMPLETED
            )
            return not left.done()
        finally:
            for wait in waits:
                wait.cancel()


async def _until_disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
