"""Which requests are to go wrong, and how often; what that looks like is in fault_answers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from threading import Lock


class FaultKind(StrEnum):
    """The ways a provider fails its callers."""

    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    TRUNCATED = "truncated"
    BAD_KEY = "bad_key"
    SCHEMA_DRIFT = "schema_drift"
    DISCONNECT = "disconnect"
    NOT_READY = "not_ready"
    WRONG_JSON = "wrong_json"


@dataclass
class Fault:
    """A fault in force: `times` more requests (None: no limit), until `until` (None: no end).

    `probability` is the share of matching requests it strikes, `path_contains` narrows it to
    requests whose path holds that text, `retry_after` is seconds for the 429.
    """

    provider: str
    kind: FaultKind
    times: int | None = None
    until: datetime | None = None
    probability: float = 1.0
    path_contains: str | None = None
    retry_after: int | None = None

    def concerns(self, provider: str, path: str, *, keyed: bool, now: datetime) -> bool:
        """Whether a request may be struck; a bad key only matters where a key is asked for."""
        return (
            self.provider == provider
            and self.times != 0
            and (self.until is None or now < self.until)
            and (self.path_contains is None or self.path_contains.casefold() in path.casefold())
            and (keyed or self.kind is not FaultKind.BAD_KEY)
        )


class FaultBook:
    """The faults in force; the first that strikes a request is the one it meets."""

    def __init__(self, *, now: Callable[[], datetime], randomness: Random) -> None:
        self._now = now
        self._randomness = randomness
        self._lock = Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault, *, seconds: float | None = None) -> None:
        """Put a fault in force, for so many seconds from now if given."""
        if seconds is not None:
            fault.until = self._now() + timedelta(seconds=seconds)
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """End every fault."""
        with self._lock:
            self._faults.clear()

    def strike(self, provider: str, path: str, *, keyed: bool) -> Fault | None:
        """The fault this request meets, if any; one of its times is spent."""
        with self._lock:
            now = self._now()
            for fault in self._faults:
                if not fault.concerns(provider, path, keyed=keyed, now=now):
                    continue
                if self._randomness.random() < fault.probability:
                    if fault.times is not None:
                        fault.times -= 1
                    return fault
        return None

    def give_back(self, fault: Fault) -> None:
        """The fault could not show in the answer it struck: it has that time left still."""
        with self._lock:
            if fault.times is not None:
                fault.times += 1
