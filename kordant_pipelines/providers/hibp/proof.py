"""The memory that a base URL is HIBP's, without which its 404 says nothing."""

import time
from collections.abc import Callable
from typing import Final

PROOF_HOLDS: Final = 3600.0
"""Seconds for which one typed answer vouches for the base URL."""


class ApiProof:
    """Whether a base URL has lately answered with a document only HIBP would send.

    One per base URL. Clients may share it: kept for the life of a worker process, it saves each
    scan the extra (keyless, free) call that a first 404 otherwise costs.

    Args:
        clock: seconds, monotonic.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: float | None = None

    def record(self) -> None:
        """Note a typed 200."""
        self._since = self._clock()

    def holds(self) -> bool:
        """Whether such an answer came within the last hour."""
        return self._since is not None and self._clock() - self._since < PROOF_HOLDS
