"""Resend's account: its key, the mails it took, and the idempotency keys it remembers."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

API_KEY = "re_sandbox_000000000000000000000000"
SIGNING_KEY = "whsec_c2FuZGJveC13ZWJob29rLXNlY3JldC0wMDAwMDAwMA=="
KEYS_KEPT = timedelta(hours=24)


@dataclass(frozen=True)
class Mail:
    """A mail as Resend keeps it."""

    id: str
    to: tuple[str, ...]
    sender: str
    subject: str
    html: str
    text: str
    at: datetime

    def as_json(self, *, whole: bool) -> dict[str, object]:
        """As it is listed, or with its content."""
        listed: dict[str, object] = {
            "id": self.id,
            "to": list(self.to),
            "from": self.sender,
            "created_at": self.at.isoformat(),
            "subject": self.subject,
            "bcc": None,
            "cc": None,
            "reply_to": None,
            "last_event": "sent",
            "scheduled_at": None,
        }
        content = {"object": "email", "html": self.html, "text": self.text}
        return listed | content if whole else listed


class MailingRegister:
    """The mails taken so far, newest first."""

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = Lock()
        self._taken: list[Mail] = []
        self._keys: dict[str, tuple[bytes, str, datetime]] = {}

    def remembered(self, key: str) -> tuple[bytes, str] | None:
        """The body and mail that an idempotency key stands for, while it is kept."""
        with self._lock:
            held = self._keys.get(key)
            if held is None or self._now() - held[2] >= KEYS_KEPT:
                return None
            return held[0], held[1]

    def take(
        self, key: str, body: bytes, *, to: list[str], sender: str, subject: str, content: list[str]
    ) -> Mail:
        """Take a mail; `content` is its HTML and its text."""
        now = self._now()
        mail = Mail(str(uuid.uuid4()), tuple(to), sender, subject, content[0], content[1], now)
        with self._lock:
            self._taken.insert(0, mail)
            if key:
                self._keys[key] = body, mail.id, now
        return mail

    def listed(self) -> list[Mail]:
        """Every mail, newest first."""
        with self._lock:
            return list(self._taken)
