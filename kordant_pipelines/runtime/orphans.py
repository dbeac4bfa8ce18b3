"""Reaping what a container's process 1 inherits: the children of its children that were killed."""

import asyncio
import os
from collections.abc import Callable, Collection

EVERY_SECONDS = 1.0


async def reap_orphans(ours: Callable[[], Collection[int]]) -> None:
    """Until cancelled, reap ended processes that are not among `ours`, whose ends others await.

    Does nothing unless this is process 1: everyone else's orphans go to that.
    """
    while os.getpid() == 1:
        reap_once(ours())
        await asyncio.sleep(EVERY_SECONDS)


def reap_once(ours: Collection[int]) -> list[int]:
    """Reap what has ended up to the first of ours; the ids."""
    reaped: list[int] = []
    while True:
        try:
            # Looked at, not taken: that it ended may be someone else's to learn.
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return reaped
        if ended is None or ended.si_pid in ours:
            return reaped
        os.waitpid(ended.si_pid, 0)
        reaped.append(ended.si_pid)
