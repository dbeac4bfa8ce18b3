"""Counts the requests the providers received; knows endpoints, never identifiers."""

from collections import Counter
from threading import Lock
from typing import NamedTuple

NO_ANSWER = 0
"""The status of a call whose caller went away, or was cut off, before any answer began."""


class Call(NamedTuple):
    """What is remembered of a request: `endpoint` is the template, `status` an HTTP status or 0."""

    provider: str
    endpoint: str
    status: int


class CallLedger:
    """How often each kind of call was made since the last reset."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: Counter[Call] = Counter()

    def record(self, call: Call) -> None:
        """Count one call."""
        with self._lock:
            self._counts[call] += 1

    def counts(self) -> list[tuple[Call, int]]:
        """Every kind of call seen with its count, sorted."""
        with self._lock:
            return sorted(self._counts.items())

    def reset(self) -> None:
        """Forget every call."""
        with self._lock:
            self._counts.clear()
