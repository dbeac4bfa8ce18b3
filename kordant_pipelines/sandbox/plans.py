"""Enforces what a key has paid for: so many requests in any window of so many seconds."""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock


@dataclass(frozen=True)
class Plan:
    """`requests` in any block of `seconds` seconds."""

    requests: int
    seconds: int


class PlanBook:
    """The plan of each provider and the recent requests of each key; refused ones do not count."""

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = Lock()
        self._plans: dict[str, Plan] = {}
        self._admitted: dict[tuple[str, str], deque[datetime]] = {}

    def of(self, provider: str, default: Plan) -> Plan:
        """The provider's plan: the one set, or else its default."""
        with self._lock:
            return self._plans.get(provider, default)

    def choose(self, provider: str, plan: Plan) -> None:
        """Put the provider's keys on this plan; what they used so far counts against it."""
        with self._lock:
            self._plans[provider] = plan

    def admit(self, provider: str, key: str, default: Plan) -> int | None:
        """Count a request: None when it may pass, or the whole seconds until one will."""
        plan = self.of(provider, default)
        window = timedelta(seconds=plan.seconds)
        with self._lock:
            now = self._now()
            admitted = self._admitted.setdefault((provider, key), deque())
            while admitted and now - admitted[0] >= window:
                admitted.popleft()
            if len(admitted) < plan.requests:
                admitted.append(now)
                return None
            freeing = admitted[len(admitted) - plan.requests] + window
            return max(1, math.ceil((freeing - now).total_seconds()))
