"""What the invented customers received, whichever provider brought it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock


@dataclass(frozen=True)
class Received:
    """A message that a provider took; `to` is an address, a number or a device's token."""

    id: str
    channel: str
    provider: str
    to: str
    text: str
    at: datetime
    subject: str = ""
    html: str = ""
    extra: dict[str, str] = field(default_factory=dict[str, str])

    def as_json(self) -> dict[str, object]:
        """As the controls show it."""
        return {**vars(self), "at": self.at.isoformat()}


class Inbox:
    """All messages since the start, oldest first."""

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = Lock()
        self._messages: list[Received] = []

    def put(
        self,
        *,
        id: str,  # noqa: A002 - it is the message's id
        channel: str,
        provider: str,
        to: str,
        text: str,
        subject: str = "",
        html: str = "",
        extra: dict[str, str] | None = None,
    ) -> None:
        """Keep a message."""
        received = Received(
            id=id,
            channel=channel,
            provider=provider,
            to=to,
            text=text,
            at=self._now(),
            subject=subject,
            html=html,
            extra=extra or {},
        )
        with self._lock:
            self._messages.append(received)

    def messages(self) -> list[Received]:
        """Every message, oldest first."""
        with self._lock:
            return list(self._messages)

    def empty(self) -> None:
        """Forget every message."""
        with self._lock:
            self._messages.clear()
