"""Reading an inbox by IMAP, from where it was last read."""

import imaplib
import re
import ssl
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from email.utils import getaddresses
from typing import Final

from imap_tools import AND, BaseMailBox, MailBox, MailboxLoginError, MailBoxUnencrypted, U
from imap_tools.errors import ImapToolsError
from imap_tools.message import MailMessage
from selectolax.lexbor import LexborHTMLParser

from kordant_pipelines.domain.removals.replies import Mail, without_quotes
from kordant_pipelines.providers.errors import (
    ErrorCode,
    PermanentProviderError,
    ProviderError,
    UnavailableProviderError,
)
from kordant_pipelines.providers.imap.server import ImapServer

PROVIDER: Final = "removals_imap"
LARGEST: Final = 1024 * 1024
"""Bytes of a mail past which its text and what is attached to it stay on the server."""

_LINK = re.compile(r"https?://[^\s<>\"')\]]+")
_ADDRESSED = ("to", "cc", "delivered-to", "x-original-to", "envelope-to")
_AUTOMATIC = ("auto-submitted", "x-autoreply", "x-autorespond")


@dataclass(frozen=True, slots=True)
class Place:
    """How far an inbox was read. UIDs mean something under one `uid_validity` only."""

    uid_validity: int
    last_uid: int


@dataclass(frozen=True, slots=True)
class Incoming:
    """A mail as it came: personal data. `answers` are the Message-IDs it refers to."""

    uid: int
    message_id: str
    addresses: tuple[str, ...]
    answers: tuple[str, ...]
    received_at: datetime | None
    whole_text: str
    mail: Mail

    def __repr__(self) -> str:
        return f"Incoming({self.uid})"


class ImapInbox:
    """One account's INBOX, read only: no mail is marked, moved or deleted.

    Args:
        server: where it is.
        timeout: seconds for each of the server's answers.
    """

    def __init__(self, server: ImapServer, *, timeout: float = 30.0) -> None:
        self._server = server
        self._timeout = timeout

    def after(self, place: Place | None, *, limit: int = 200) -> tuple[Place, list[Incoming]]:
        """The next mails after `place`, oldest first, and the place after them.

        Where the server has renumbered the inbox, or at None, it begins at the first mail.

        Raises:
            ProviderError: the inbox was not read; what is in it is unknown.
        """
        with self._open() as box:
            status = box.folder.status("INBOX", ["UIDVALIDITY"])
            validity = status["UIDVALIDITY"]
            start = place.last_uid if place and place.uid_validity == validity else 0
            uids = sorted(
                uid
                for uid in map(int, box.uids(AND(uid=U(str(start + 1), "*"))))
                if uid > start  # "n:*" names the last mail even if it is before n
            )[:limit]
            heads = list(_fetched(box, uids, headers_only=True))
            # Of what is larger nobody reads more than its head: who it is from, what it answers.
            small = [int(m.uid or 0) for m in heads if m.size_rfc822 <= LARGEST]
            found = [_incoming(m) for m in heads if m.size_rfc822 > LARGEST]
            found += [_incoming(m) for m in _fetched(box, small)]
        if len(found) != len(uids):
            raise UnavailableProviderError(
                PROVIDER, ErrorCode.MALFORMED_RESPONSE, "fewer mails than were promised"
            )
        found.sort(key=lambda incoming: incoming.uid)
        return Place(validity, uids[-1] if uids else start), found

    @contextmanager
    def _open(self) -> Generator[BaseMailBox]:
        failure: ProviderError | None = None
        box: BaseMailBox | None = None
        try:
            box = self._connected()
            box.login(self._server.username, self._server.password, "INBOX")
            yield box
        except MailboxLoginError:
            failure = PermanentProviderError(PROVIDER, ErrorCode.BAD_KEY, "sign-in refused")
        except (ImapToolsError, imaplib.IMAP4.error, OSError) as error:
            failure = UnavailableProviderError(
                PROVIDER, ErrorCode.UNAVAILABLE, type(error).__name__
            )
        finally:
            if box is not None:
                # Signs out as well as it can; the connection is closed whatever comes of it.
                with suppress(ImapToolsError, imaplib.IMAP4.error, OSError):
                    box.client.logout()
                with suppress(OSError):
                    box.client.shutdown()
        if failure is not None:
            raise failure

    def _connected(self) -> BaseMailBox:
        host, port = self._server.host, self._server.port
        if self._server.tls:
            context = ssl.create_default_context()
            return MailBox(host, port, timeout=self._timeout, ssl_context=context)
        return MailBoxUnencrypted(host, port, timeout=self._timeout)


def _fetched(
    box: BaseMailBox, uids: Sequence[int], *, headers_only: bool = False
) -> Iterator[MailMessage]:
    if uids:
        wanted = AND(uid=",".join(map(str, uids)))
        yield from box.fetch(wanted, mark_seen=False, headers_only=headers_only, bulk=10)


def _incoming(message: MailMessage) -> Incoming:
    headers = message.obj
    text = message.text or _text_of(message.html)
    return Incoming(
        uid=int(message.uid or 0),
        message_id=str(headers.get("message-id", "")).strip(),
        addresses=tuple(_addresses(headers)),
        answers=tuple(
            re.findall(r"<[^<>\s]+>", f"{headers.get('in-reply-to')} {headers.get('references')}")
        ),
        received_at=message.date if message.date.tzinfo else None,
        whole_text=f"{message.subject}\n{text}",
        mail=Mail(
            subject=message.subject,
            text=without_quotes(text),
            links=tuple(dict.fromkeys([*_LINK.findall(text), *_hrefs(message.html)])),
            automatic=any(headers.get(name, "no").lower() != "no" for name in _AUTOMATIC),
            bounced=_is_bounce(headers),
        ),
    )


def _addresses(headers: Message) -> Iterator[str]:
    for name in _ADDRESSED:
        values = [str(value) for value in headers.get_all(name, [])]
        yield from (address for _, address in getaddresses(values) if address)


def _is_bounce(headers: Message) -> bool:
    report = headers.get_content_type() == "multipart/report"
    kind = str(headers.get_param("report-type") or "").lower()
    return report and kind == "delivery-status"


def _hrefs(html: str) -> list[str]:
    nodes = LexborHTMLParser(html).css("a[href]") if html else []
    return [href for node in nodes if (href := node.attributes.get("href"))]


def _text_of(html: str) -> str:
    body = LexborHTMLParser(html).body if html else None
    return body.text(separator="\n") if body else ""
