"""The same thing from several threads at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def at_once(action: Callable[[int], T], times: int, *, threads: int = 8) -> list[T]:
    """Call `action` with 0, 1, … from several threads; what the calls returned."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(action, range(times)))
