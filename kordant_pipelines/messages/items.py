"""From what is told to its words: an alert, a report, an operator's message, as one item each."""

from collections.abc import Mapping, Sequence
from typing import Final

from kordant_pipelines.domain.alerts import AlertKind, AlertText, ExposureFacts, compose, happened
from kordant_pipelines.domain.notices import Item, Line, Link, MessageFacts, ReportFacts
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.domain.words import mark
from kordant_pipelines.messages.language import Language

LINES_AT_MOST: Final = 20
"""Mail programs cut what is long; the rest is in the report."""

LEVELS: Mapping[Severity, str] = {
    Severity.CRITICAL: mark("Critical"),
    Severity.HIGH: mark("High"),
    Severity.MEDIUM: mark("Medium"),
    Severity.LOW: mark("Low"),
    Severity.INFO: mark("Note"),
}


def exposure_item(
    kind: AlertKind, severity: Severity, facts: Sequence[ExposureFacts], language: Language
) -> Item:
    """A DarkWatch alert. A first check's findings come line by line, the most urgent first."""
    text = compose(kind, facts, language)
    if kind is not AlertKind.BASELINE:
        return text_item(severity, text, language)
    return Item(
        severity=severity,
        level=language.say(LEVELS[severity]),
        title=text.title,
        paragraphs=(text.when,),
        action=text.action,
        lines=tuple(_line(one, language) for one in facts[:LINES_AT_MOST]),
        more=max(len(facts) - LINES_AT_MOST, 0),
    )


def text_item(severity: Severity, text: AlertText, language: Language) -> Item:
    """An alert that is in words already."""
    return Item(
        severity=severity,
        level=language.say(LEVELS[severity]),
        title=text.title,
        paragraphs=(text.what, text.when),
        action=text.action,
    )


def report_item(facts: ReportFacts, url: str, language: Language) -> Item:
    """A report that is ready. How soon it was to be told is no matter of how it looks."""
    days = {"first": language.day(facts.first_day), "last": language.day(facts.last_day)}
    return Item(
        severity=Severity.INFO,
        level=language.say(mark("Report")),
        title=language.say("Your protection report is ready"),
        paragraphs=(
            language.say("It covers {first} to {last}.", **days),
            language.say("The link is for you alone and works for some weeks. Do not pass it on."),
        ),
        link=Link(language.say("Open the report (PDF)"), url),
    )


def message_item(severity: Severity, facts: MessageFacts, language: Language) -> Item:
    """An operator's message, paragraph by paragraph, as it was written."""
    paragraphs = (part.strip() for part in facts.text.split("\n\n"))
    return Item(
        severity=severity,
        level=language.say(mark("Message")),
        title=facts.title,
        paragraphs=tuple(part for part in paragraphs if part),
        action=facts.action,
    )


def _line(facts: ExposureFacts, language: Language) -> Line:
    when = happened(facts, language)
    return Line(
        severity=facts.severity,
        level=language.say(LEVELS[facts.severity]),
        title=f"{facts.breach} ({when})" if when else facts.breach,
        details=(facts.masked, language.kinds(facts.data_classes)),
    )
