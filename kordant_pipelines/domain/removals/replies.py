"""What a broker's mail says, read from its words: no more than an event, never REMOVED."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from kordant_pipelines.domain.removals.states import Event


class MailKind(StrEnum):
    """What kind of mail it was; kept in place of its text, which is personal data."""

    OUR_COPY = "our_copy"
    CONFIRM = "confirm"
    ACKNOWLEDGED = "acknowledged"
    EXTENDED = "extended"
    COMPLETED = "completed"
    REFUSED = "refused"
    NEEDS_CUSTOMER = "needs_customer"
    BOUNCED = "bounced"
    UNCLEAR = "unclear"


EVENTS = {
    MailKind.ACKNOWLEDGED: Event.BROKER_ACKNOWLEDGED,
    MailKind.EXTENDED: Event.BROKER_EXTENDED,
    MailKind.COMPLETED: Event.BROKER_COMPLETED,
    MailKind.REFUSED: Event.BROKER_REFUSED,
    MailKind.NEEDS_CUSTOMER: Event.CUSTOMER_NEEDED,
    MailKind.BOUNCED: Event.UNDELIVERABLE,
}
"""The event a kind of mail is. A confirmation link is followed first; the rest is no event."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as reading it needs it: personal data.

    `text` is its plain text without what it quotes; `automatic` and `bounced` come from headers.
    """

    subject: str
    text: str
    links: tuple[str, ...] = ()
    automatic: bool = False
    bounced: bool = False

    def __repr__(self) -> str:
        return "Mail(…)"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a mail was found to be; `link` is the one to follow, for CONFIRM."""

    kind: MailKind
    link: str | None = None

    def __repr__(self) -> str:
        return f"Reading({self.kind.value})"


def read_mail(mail: Mail, domains: Sequence[str]) -> Reading:
    """Read a broker's mail. `domains` are the broker's own: no link elsewhere is ever followed.

    Where its words say several things, the one that asks for most care wins; a mail nobody
    understands is UNCLEAR, and a person reads it.
    """
    if mail.bounced:
        return Reading(MailKind.BOUNCED)
    words = " ".join(f"{mail.subject} {mail.text}".casefold().split())
    if _CONFIRM.search(words) and (link := _own_link(mail.links, domains)):
        return Reading(MailKind.CONFIRM, link)
    for kind, pattern in _PATTERNS:
        if pattern.search(words):
            return Reading(kind)
    return Reading(MailKind.ACKNOWLEDGED if mail.automatic else MailKind.UNCLEAR)


def _own_link(links: Iterable[str], domains: Sequence[str]) -> str | None:
    own = [link for link in links if is_own(link, domains)]
    return next((link for link in own if _CONFIRM_LINK.search(link)), None)


def is_own(link: str, domains: Sequence[str]) -> bool:
    """Whether a link leads to one of these domains, or below one."""
    try:
        parts = urlsplit(link)
        host = (parts.hostname or "").casefold()
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and any(
        host == domain or host.endswith(f".{domain}") for domain in domains
    )


def without_quotes(text: str) -> str:
    """A mail's own words: lines it quotes, and all after the mark of what it answers, left out."""
    kept: list[str] = []
    for line in text.splitlines():
        if _ANSWERED.match(line.strip()):
            break
        if not line.lstrip().startswith(">"):
            kept.append(line)
    return "\n".join(kept)


_ANSWERED = re.compile(
    r"^(-+ ?original message ?-+|on .{1,200} wrote:|from: .+@.+)$", re.IGNORECASE
)
_CONFIRM = re.compile(
    r"(confirm|verify|complete|finali[sz]e)\b.{0,60}\b(request|opt.?out|removal|e-?mail)"
)
_CONFIRM_LINK = re.compile(r"confirm|verif|opt.?out|remov|token", re.IGNORECASE)
_DATA = r"(data|information|record|records|profile|listing|details)"
_PATTERNS = (
    (
        MailKind.NEEDS_CUSTOMER,
        re.compile(
            r"(copy of|upload|provide|send us).{0,60}(identity|identification|driver.s licen|"
            r"passport|government.issued)"
        ),
    ),
    (
        MailKind.REFUSED,
        re.compile(
            r"(unable to|cannot|can ?not|will not|not able to|declin\w+ to|decided not to)"
            r".{0,40}(verify|process|honou?r|fulfil\w*|comply|remove|delete|complete)"
            r"|(request|it) (has been|was|is) (denied|rejected|declined|refused)"
        ),
    ),
    (
        MailKind.EXTENDED,
        re.compile(
            r"(need|require|take|extend\w*).{0,60}(additional|further|extra|another|extension|more)"
            r".{0,30}(days|time|months?)|extension of time"
        ),
    ),
    (
        MailKind.COMPLETED,
        re.compile(
            rf"({_DATA}|you).{{0,60}}(has been|have been|was|were|is|are) (now )?(fully |"
            r"permanently |successfully )?(deleted|removed|erased|suppressed|opted out)"
            r"|we (have )?(deleted|removed|erased|suppressed|completed|processed)"
            rf"|(do|did) not (hold|have|find|locate) any .{{0,40}}{_DATA}"
            rf"|no {_DATA} (found|held)|request (has been|was|is) (now )?(completed|fulfilled)"
        ),
    ),
    (
        MailKind.ACKNOWLEDGED,
        re.compile(
            r"(have |has been |was |were )?received your|received (the|this) request"
            r"|thank you for (your|contacting)|acknowledg\w+|(ticket|case) .{0,40}"
            r"(opened|created|number)|request (has been|was|is) (received|being)"
        ),
    ),
)
