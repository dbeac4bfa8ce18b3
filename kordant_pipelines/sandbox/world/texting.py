"""Twilio's account: its credentials, the messages it made, and numbers that answer in their way."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from threading import Lock

ACCOUNT_SID = "AC00000000000000000000000000000000"
AUTH_TOKEN = "sandbox-twilio-token"  # noqa: S105 - invented
SENDER = "+15005550006"

MAGIC = {
    "+15005550001": (21211, "The 'To' number is not a valid phone number."),
    "+15005550003": (21408, "Permission to send an SMS has not been enabled for the region."),
    "+15005550004": (21610, "Attempt to send to unsubscribed recipient"),
    "+15005550009": (21614, "'To' number is not a valid mobile number"),
}
"""Twilio's own test numbers."""


@dataclass(frozen=True)
class TextMessage:
    """A message as Twilio lists it."""

    sid: str
    to: str
    sender: str
    body: str
    at: datetime

    def as_json(self) -> dict[str, object]:
        """The Message resource."""
        segments = -(-len(self.body) // (160 if self.body.isascii() else 70))
        return {
            "sid": self.sid,
            "account_sid": ACCOUNT_SID,
            "to": self.to,
            "from": self.sender,
            "body": self.body,
            "status": "queued",
            "direction": "outbound-api",
            "date_created": format_datetime(self.at),
            "date_sent": None,
            "error_code": None,
            "error_message": None,
            "num_segments": str(segments),
            "uri": f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{self.sid}.json",
        }


class TextingRegister:
    """The messages made so far, newest first."""

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = Lock()
        self._made: list[TextMessage] = []

    def make(self, to: str, sender: str, body: str) -> TextMessage:
        """Take a message."""
        message = TextMessage(f"SM{uuid.uuid4().hex}", to, sender, body, self._now())
        with self._lock:
            self._made.insert(0, message)
        return message

    def listed(self, to: str | None) -> list[TextMessage]:
        """Messages to a number, or all."""
        with self._lock:
            return [message for message in self._made if to in (None, message.to)]
