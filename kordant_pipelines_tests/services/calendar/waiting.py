"""A handler's pending work, as the calendar asks for it."""

from collections.abc import Sequence
from datetime import datetime


class Waiting:
    """Work waits for these subscriptions until a test says otherwise."""

    def __init__(self, *ids: str) -> None:
        self.ids = sorted(ids)
        self.asked: list[tuple[str, int]] = []

    def due(self, now: datetime, *, after: str, limit: int) -> Sequence[str]:
        """As `services.calendar.events.PendingWork`."""
        assert now.tzinfo is not None
        self.asked.append((after, limit))
        return [id_ for id_ in self.ids if id_ > after][:limit]
