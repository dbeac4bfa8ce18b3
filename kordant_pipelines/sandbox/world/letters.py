"""Our mailbox for data brokers' answers: mails arrive when their time has come."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from itertools import count
from threading import RLock

DOMAIN = "kordant.example"
ADDRESS = f"removals@{DOMAIN}"
USER = "removals"
PASSWORD = "sandbox"  # noqa: S105 - of the sandbox's mailbox
UID_VALIDITY = 20261124


def imap_url(host: str, port: int) -> str:
    """Where it is read, with its user and password."""
    return f"imap://{USER}:{PASSWORD}@{host}:{port}"


def is_ours(address: str) -> bool:
    """Whether mail to this address comes into this mailbox, whatever its tag."""
    local, _, domain = address.lower().partition("@")
    return domain == DOMAIN and local.partition("+")[0] == USER


@dataclass(frozen=True, slots=True)
class Delivered:
    """A mail in the inbox."""

    uid: int
    at: datetime
    content: bytes


class Mailbox:
    """One inbox; every method is safe from any thread."""

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = RLock()
        self._order = count()
        self._coming: list[tuple[datetime, int, bytes]] = []
        self._inbox: list[Delivered] = []

    def deliver(self, content: bytes, at: datetime | None = None) -> None:
        """Have a mail arrive at a moment, or now."""
        with self._lock:
            heapq.heappush(self._coming, (at or self._now(), next(self._order), content))

    def inbox(self) -> list[Delivered]:
        """What has arrived by now, oldest first."""
        with self._lock:
            now = self._now()
            while self._coming and self._coming[0][0] <= now:
                at, _, content = heapq.heappop(self._coming)
                self._inbox.append(Delivered(len(self._inbox) + 1, at, content))
            return list(self._inbox)


def compose(
    *,
    sender: str,
    to: str,
    subject: str,
    text: str,
    at: datetime,
    message_id: str,
    answers: str | None = None,
    automatic: bool = False,
) -> bytes:
    """A mail as bytes."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id
    if answers:
        mail["In-Reply-To"] = answers
    if automatic:
        mail["Auto-Submitted"] = "auto-replied"
    mail.set_content(text)
    return mail.as_bytes()
