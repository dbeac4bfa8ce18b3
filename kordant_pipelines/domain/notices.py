"""What is told to a customer, from the facts to the content of one message.

An alert's facts are its own (`domain.alerts`). Whatever else is told brings its facts along: a
report that is ready, an operator's message.
"""

import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from kordant_pipelines.domain.severity import Severity


class SubjectKind(StrEnum):
    """What a notification is about."""

    ALERT = "alert"
    REPORT = "report"
    MESSAGE = "message"


class ReportFacts(BaseModel):
    """A report that can be fetched. Its link is made when the message is: one kept would age."""

    model_config = ConfigDict(frozen=True)

    report_id: str
    first_day: date
    last_day: date


class MessageFacts(BaseModel):
    """An operator's own words, in a language the customer reads; plain text."""

    model_config = ConfigDict(frozen=True)

    title: str
    text: str
    action: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """Something to tell that is no alert. `dedupe_key` is its identity: it is told once.

    Its kind is that of its facts.
    """

    dedupe_key: str
    severity: Severity
    facts: ReportFacts | MessageFacts

    @property
    def kind(self) -> SubjectKind:
        """What it is about."""
        return SubjectKind.REPORT if isinstance(self.facts, ReportFacts) else SubjectKind.MESSAGE


@dataclass(frozen=True, slots=True)
class Link:
    """Where a button leads."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Line:
    """One of many findings that are told together."""

    severity: Severity
    level: str
    title: str
    details: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing told, in words. `level` is what the reader sees of its severity: "High".

    Its texts hold what third parties wrote (a breach's title, a broker's name): never markup.
    `more` is how many findings beyond `lines` there are.
    """

    severity: Severity
    level: str
    title: str
    paragraphs: tuple[str, ...]
    action: str = ""
    lines: tuple[Line, ...] = ()
    more: int = 0
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class EmailContent:
    """An e-mail, apart from who it is to."""

    subject: str
    html: str
    text: str
    unsubscribe_url: str


@dataclass(frozen=True, slots=True)
class SmsContent:
    """A text message: one part of it has 160 characters, or 70 where it needs Unicode."""

    text: str


@dataclass(frozen=True, slots=True)
class PushContent:
    """What a phone shows, and what the app is handed with it."""

    title: str
    body: str
    data: dict[str, str]


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who a message is to. `key` is its delivery's id: ours, and the same at every attempt."""

    key: str
    to: str


class Unaddressable(ValueError):
    """An address that its channel cannot carry; the text does not repeat it."""


def one_line(text: str) -> str:
    """Text for a subject or a phone: third parties' control characters and line ends are blanks.

    Direction marks go as well: they could make a text read as another one.
    """
    kept = (" " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c for c in text)
    shown = "".join(c for c in kept if unicodedata.category(c) not in {"Cf", "Cs", "Co", "Cn"})
    return " ".join(shown.split())
