"""Items as messages: an e-mail in HTML and text, a text message, a push message.

Rendering is pure: the same items in the same language give the same content.
"""

import textwrap
from collections.abc import Sequence
from functools import cache
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from kordant_pipelines.domain.notices import (
    EmailContent,
    Item,
    PushContent,
    SmsContent,
    one_line,
)
from kordant_pipelines.messages.language import Language

BRAND: Final = "Kordant"
SMS_AT_MOST: Final = 320
"""Characters of a text message: two to five parts, by alphabet."""
_TITLE_AT_MOST: Final = 120
_WIDTH: Final = 72


def reference(key: str) -> str:
    """What a delivery is called towards its reader, who may quote it: "8F03-21AC-77"."""
    letters = key.rpartition("_")[2][-10:].upper()
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def render_email(
    items: Sequence[Item], language: Language, *, name: str, key: str, unsubscribe_url: str
) -> EmailContent:
    """An e-mail that tells `items`, the most urgent first.

    Args:
        items: at least one.
        language: the reader's.
        name: the reader's, for the greeting.
        key: the delivery's id; a reference made of it is in the footer.
        unsubscribe_url: ends all e-mail to this address.
    """
    subject = headline(items, language)
    context = {
        "brand": BRAND,
        "count": language.count,
        "items": items,
        "language": language,
        "name": one_line(name),
        "preheader": one_line(items[0].action or items[0].paragraphs[0]),
        "reference": reference(key),
        "say": language.say,
        "subject": subject,
        "summary": summary(items, language),
        "unsubscribe_url": unsubscribe_url,
    }
    environment = templates()
    return EmailContent(
        subject=subject,
        html=environment.get_template("email.html").render(context),
        text=environment.get_template("email.txt").render(context).strip() + "\n",
        unsubscribe_url=unsubscribe_url,
    )


def render_sms(items: Sequence[Item], language: Language, *, key: str) -> SmsContent:
    """A text message: the headline, what to do, and a reference that makes it unlike any other."""
    end = language.say("Ref. {reference}. Reply STOP to end.", reference=reference(key))
    first = items[0]
    body = f"{BRAND}: {_sentence(headline(items, language))} {one_line(first.action)}".strip()
    room = SMS_AT_MOST - len(end) - 1
    return SmsContent(f"{textwrap.shorten(body, room, placeholder=' …')} {end}")


def render_push(items: Sequence[Item], language: Language) -> PushContent:
    """What a phone shows; the app is told how many things there are and how urgent they are."""
    first = items[0]
    return PushContent(
        title=headline(items, language),
        body=one_line(first.action or first.paragraphs[0]),
        data={"items": str(len(items)), "severity": first.severity.value},
    )


def headline(items: Sequence[Item], language: Language) -> str:
    """One line that says what the message is about: its one item's title, or how many there are."""
    first = textwrap.shorten(one_line(items[0].title), _TITLE_AT_MOST, placeholder=" …")
    if len(items) == 1:
        return first
    return language.count(
        "{number} new message: {first}",
        "{number} new messages, first: {first}",
        len(items),
        first=first,
    )


def summary(items: Sequence[Item], language: Language) -> str:
    """The sentence above the items, where there are several."""
    if len(items) == 1:
        return ""
    return language.count(
        "{number} thing is new. The most urgent comes first.",
        "{number} things are new. The most urgent comes first.",
        len(items),
    )


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _wrapped(text: str, indent: int = 0) -> str:
    """A paragraph in lines of an e-mail's text; one without line ends of a third party's."""
    return textwrap.fill(
        one_line(text),
        _WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


@cache
def templates() -> Environment:
    """The package's templates; what is put into HTML is escaped."""
    environment = Environment(
        loader=PackageLoader("kordant_pipelines.messages"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["wrapped"] = _wrapped
    environment.filters["one_line"] = one_line
    return environment
