"""E-mails, text messages and push messages: what is in them, and what can never be."""

import json
import re
from datetime import UTC, date, datetime
from email import message_from_string, policy
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from kordant_pipelines.domain.alerts import REMOVAL_KINDS, TITLE_KINDS, VOICE_KINDS, AlertKind
from kordant_pipelines.domain.notices import (
    Envelope,
    Item,
    Link,
    MessageFacts,
    PushContent,
    Unaddressable,
    one_line,
)
from kordant_pipelines.domain.removals.alerts import Asked, RemovalFacts, compose_removal
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.domain.title_alerts import TitleFacts
from kordant_pipelines.domain.title_judgement import Reason
from kordant_pipelines.domain.title_words import compose_title
from kordant_pipelines.domain.voice.telling import VoiceFacts, compose_voice
from kordant_pipelines.languages.locales import TRANSLATED
from kordant_pipelines.messages.items import LINES_AT_MOST, exposure_item, message_item, text_item
from kordant_pipelines.messages.language import language
from kordant_pipelines.messages.rendering import reference, render_email, render_push, render_sms
from kordant_pipelines.providers.fcm.message import LARGEST, encode_push
from kordant_pipelines.providers.resend.mail import encode_mail as encode_for_resend
from kordant_pipelines.providers.smtp.mail import encode_mail, envelope_of
from kordant_pipelines_tests.domain.examples import some_facts

KEY = "dlv_0123456789abcdef0123"
URL = "https://kordant.example/unsubscribe/token"
SENDER = "Kordant <alerts@kordant.example>"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
EVIL = '<script>alert(1)</script><img src=x onerror="alert(2)"><a href="https://evil.example">x</a>'
LANGUAGES = ["en-US", "de-DE", "es-ES", "fr-FR"]


class Page(HTMLParser):
    """What a browser would make of a mail: its elements, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    @override
    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def an_item(**more: object) -> Item:
    given: dict[str, object] = {
        "severity": Severity.HIGH,
        "level": "High",
        "title": "a•••@e•••.com was found in the Adobe breach",
        "paragraphs": ("Exposed with it: passwords.", "It happened in 2013."),
        "action": "Change your password.",
    }
    return Item(**(given | more))  # pyright: ignore[reportArgumentType] - a test's own names


def an_email(*items: Item, tag: str = "en-US", name: str = "Ada Lovelace"):
    return render_email(
        items or (an_item(),), language(tag), name=name, key=KEY, unsubscribe_url=URL
    )


def _evil_item(kind: AlertKind) -> Item:
    words = language("en-US")
    if kind in TITLE_KINDS:
        deed = TitleFacts(
            property_=EVIL,
            reason=Reason.OWNER_CHANGED,
            severity=Severity.CRITICAL,
            question=False,
            labels=(EVIL,),
            numbers=(EVIL,),
            recorded_on=None,
            amount=None,
            names=(EVIL,),
        )
        return text_item(Severity.CRITICAL, compose_title(kind, [deed], words), words)
    if kind in REMOVAL_KINDS:
        broker = RemovalFacts(broker=EVIL, url=EVIL, day=date(2026, 11, 2), asked=Asked.FILE)
        return text_item(Severity.MEDIUM, compose_removal(kind, [broker], words), words)
    if kind in VOICE_KINDS:
        heard = VoiceFacts(
            voice=EVIL,
            recorded_on=date(2026, 11, 2),
            model=EVIL,
            score=0.9,
            threshold=0.5,
            speech_seconds=6.0,
        )
        return text_item(Severity.HIGH, compose_voice(kind, [heard], words), words)
    facts = some_facts(breach=EVIL, masked=EVIL, data_classes=(EVIL,), new_classes=(EVIL,))
    return exposure_item(kind, Severity.HIGH, [facts], words)


def test_markup_of_third_parties_is_text() -> None:
    """In a breach's title, a deed, an operator's words, a name: wherever it may come from."""
    for kind in AlertKind:
        item = _evil_item(kind)
        mail = an_email(item, an_item(title=EVIL, paragraphs=(EVIL,), action=EVIL), name=EVIL)
        page = Page(mail.html)
        assert {tag for tag, _ in page.tags}.isdisjoint({"script", "img", "iframe", "object"})
        assert not [name for _, attributes in page.tags for name in attributes if name[:2] == "on"]
        assert [a["href"] for a in page.all("a")] == [URL]
        assert "<script>alert(1)</script>" in page.text


def test_nothing_is_fetched_and_nothing_runs() -> None:
    link = Link("Open", "https://kordant.example/reports/token")
    page = Page(an_email(an_item(link=link)).html)
    fetching = {"img", "link", "script", "iframe", "video", "audio", "object", "embed", "form"}
    assert {tag for tag, _ in page.tags}.isdisjoint(fetching)
    assert "url(" not in an_email().html
    assert "@import" not in an_email().html
    assert [a["href"] for a in page.all("a")] == [link.url, URL]


@pytest.mark.parametrize("tag", LANGUAGES)
@pytest.mark.parametrize("items", [1, 3])
def test_a_mail_is_accessible(tag: str, items: int) -> None:
    mail = an_email(*[an_item()] * items, tag=tag)
    page = Page(mail.html)
    [html] = page.all("html")
    assert html["lang"] == tag
    assert len(page.all("h1")) == 1
    assert len(page.all("h2")) == (items if items > 1 else 0)
    assert all(table.get("role") == "presentation" for table in page.all("table"))
    assert len(page.all("title")) == 1
    [viewport] = [m for m in page.all("meta") if m.get("name") == "viewport"]
    assert viewport["content"] == "width=device-width, initial-scale=1"
    assert "maximum-scale" not in mail.html  # who needs it larger may make it so


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_every_severity_is_legible_and_said_in_words() -> None:
    """WCAG AA: 4.5 to 1, in light and in dark."""
    for severity in Severity:
        html = an_email(an_item(severity=severity, level=f"<{severity.value}>")).html
        assert f"&lt;{severity.value}&gt;" in html
        light = re.search(
            rf'pill-{severity.value}" style="[^"]*background-color:(#\w+);color:(#\w+)', html
        )
        dark = re.search(
            rf"\.pill-{severity.value} {{ background-color: (#\w+) !important; color: (#\w+)", html
        )
        assert light is not None
        assert dark is not None
        for pair in (light.groups(), dark.groups()):
            darker, lighter = sorted(map(_luminance, pair))
            assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (severity, pair)


@pytest.mark.parametrize("tag", LANGUAGES)
def test_both_halves_of_a_mail_say_the_same(tag: str) -> None:
    facts = [some_facts(breach=f"Breach {n}") for n in range(3)]
    item = exposure_item(AlertKind.BASELINE, Severity.HIGH, facts, language(tag))
    mail = an_email(item, tag=tag)
    shown = " ".join(Page(mail.html).text.split())
    told = " ".join(mail.text.split())
    for part in (
        item.title,
        item.action,
        *item.paragraphs,
        *(line.title for line in item.lines),
        *(detail for line in item.lines for detail in line.details),
        reference(KEY),
        "Ada Lovelace",
    ):
        assert part in shown
        assert part in told
    assert URL in mail.text
    if tag[:2] in TRANSLATED:
        assert "What to do" not in shown + told


def test_a_long_first_check_is_cut_and_says_by_how_much() -> None:
    facts = [some_facts(breach=f"Breach {n}") for n in range(2000)]
    item = exposure_item(AlertKind.BASELINE, Severity.HIGH, facts, language("de-DE"))
    mail = an_email(item, tag="de-DE")
    assert len(mail.html) < 100_000  # beyond 102 kB Gmail cuts it off
    assert f"und {2000 - LINES_AT_MOST:,}".replace(",", ".") in mail.html


def test_the_same_gives_the_same() -> None:
    assert an_email() == an_email()
    assert render_sms([an_item()], language("fr-FR"), key=KEY) == render_sms(
        [an_item()], language("fr-FR"), key=KEY
    )


def test_as_mime_it_is_ascii_with_both_alternatives_and_the_headers_of_a_list() -> None:
    content = an_email(tag="de-DE", name="Jörg Müller")
    wire = encode_mail(content, Envelope(KEY, "joerg@bücher.example"), SENDER, NOW)
    assert wire.isascii()
    assert all(len(line) <= 998 for line in wire.split("\r\n"))
    mail = message_from_string(wire, policy=policy.default)
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert mail["List-Unsubscribe"] == f"<{URL}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Message-ID"] == f"<{KEY}@kordant.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == NOW
    html, text = mail.get_body(("html",)), mail.get_body(("plain",))
    assert html is not None
    assert text is not None
    assert html.get_content().splitlines() == content.html.splitlines()
    assert text.get_content().split() == content.text.split()
    assert envelope_of(wire)[0] == "alerts@kordant.example"


def test_an_international_domain_is_written_as_mail_systems_do() -> None:
    wire = encode_mail(an_email(), Envelope(KEY, "ada@bücher.example"), SENDER, NOW)
    assert envelope_of(wire)[1] == "ada@xn--bcher-kva.example"
    body = json.loads(encode_for_resend(an_email(), Envelope(KEY, "ada@bücher.example"), SENDER))
    assert body["to"] == ["ada@xn--bcher-kva.example"]
    assert body["tags"] == [{"name": "delivery", "value": KEY}]


def test_an_address_that_mail_servers_do_not_take_is_refused_unrepeated() -> None:
    envelope = Envelope(KEY, "jörg@example.com")
    with pytest.raises(Unaddressable) as refused:
        encode_mail(an_email(), envelope, SENDER, NOW)
    assert "jörg" not in str(refused.value)
    with pytest.raises(Unaddressable):
        encode_for_resend(an_email(), envelope, SENDER)


@given(st.text())
def test_no_title_adds_a_header(title: str) -> None:
    content = an_email(an_item(title=f"T {title}\r\nBcc: everyone@example.com"))
    wire = encode_mail(content, Envelope(KEY, "ada@example.com"), SENDER, NOW)
    mail = message_from_string(wire, policy=policy.default)
    assert mail["Bcc"] is None
    assert mail["To"] == "ada@example.com"


@given(st.text())
def test_one_line_is_one(text: str) -> None:
    line = one_line(text)
    assert line.splitlines() in ([], [line])
    assert line == line.strip()
    assert not set(line) & set("\u202e\u2066\u200f\x00\x1b")


@pytest.mark.parametrize("tag", LANGUAGES)
@given(st.text(max_size=3000))
def test_a_text_message_is_short_and_ends_in_its_reference(tag: str, title: str) -> None:
    text = render_sms([an_item(title=title, action=title)], language(tag), key=KEY).text
    assert len(text) <= 320
    assert reference(KEY) in text
    assert "STOP" in text
    assert text.startswith("Kordant: ")


@given(st.text(max_size=6000), st.text(max_size=300))
def test_a_push_message_fits_whatever_it_says(body: str, title: str) -> None:
    content = render_push([an_item(title=title, action=body)], language("en-US"))
    wire = encode_push(content, Envelope(KEY, "t" * 200))
    assert len(wire.encode()) <= LARGEST
    assert json.loads(wire)["message"]["token"] == "t" * 200


def test_what_an_app_is_handed_is_not_personal() -> None:
    content = render_push([an_item(), an_item()], language("en-US"))
    assert content == PushContent(content.title, content.body, {"items": "2", "severity": "high"})


def test_an_operators_message_keeps_its_paragraphs() -> None:
    facts = MessageFacts(title="News", text="One.\n\nTwo.\nStill two.\n\n\n", action="Nothing.")
    item = message_item(Severity.INFO, facts, language("es-ES"))
    assert item.paragraphs == ("One.", "Two.\nStill two.")
    assert (item.level, item.title, item.action) == ("Mensaje", "News", "Nothing.")
