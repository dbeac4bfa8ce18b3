"""Four languages, whole; dates and numbers as each country writes them."""

import re
from collections.abc import Sequence
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from kordant_pipelines.domain.advice import Advice
from kordant_pipelines.domain.breaches import DatePrecision, Source
from kordant_pipelines.domain.identifiers import IdentifierKind
from kordant_pipelines.domain.reports.model import ActionKind, Known, Standing
from kordant_pipelines.domain.reports.periods import Period, ReportKind
from kordant_pipelines.domain.reports.score import Band, Factor
from kordant_pipelines.domain.reports.sections import BrokerStage, VoiceOutcome
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.languages.catalogues import catalogue_text
from kordant_pipelines.languages.locales import TRANSLATED
from kordant_pipelines.providers.errors import ErrorCode
from kordant_pipelines.reports import wording
from kordant_pipelines.reports.html import render_html
from kordant_pipelines.reports.languages import language
from kordant_pipelines_tests.reports.examples import REPORTS

REPORTS_LAYER = Path(wording.__file__).parent
KEYWORDS = {"mark": None, "gettext": None, "ngettext": (1, 2)}


def _extracted() -> set[tuple[str, ...]]:
    return {
        _texts(message)
        for _file, _line, message, _comments, _context in extract_from_dir(
            REPORTS_LAYER,
            method_map=[("**.py", "python"), ("templates/**.html", "jinja2")],
            options_map={"templates/**.html": {"trimmed": "true", "silent": "false"}},
            keywords=KEYWORDS,
        )
    }


def _catalogue(code: str) -> list[Message]:
    return [
        m
        for m in read_po(BytesIO(catalogue_text("kordant_pipelines.reports", code)), locale=code)
        if m.id
    ]


def _texts(either: str | Sequence[str] | None) -> tuple[str, ...]:
    """A message's texts: one, or singular and plural."""
    return (either,) if isinstance(either, str) else tuple(either or ())


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_text_is_translated_and_none_is_left_over(code: str) -> None:
    catalogue = _catalogue(code)
    assert {_texts(message.id) for message in catalogue} == _extracted()
    for message in catalogue:
        assert all(_texts(message.string) or [""]), message.id
        assert not message.fuzzy, message.id


@pytest.mark.parametrize("code", TRANSLATED)
def test_translations_keep_the_placeholders(code: str) -> None:
    for message in _catalogue(code):
        wanted, given = (
            {frozenset(re.findall(r"%\(\w+\)s", text)) for text in _texts(either)}
            for either in (message.id, message.string)
        )
        assert given == wanted, message.id


@pytest.mark.parametrize("code", TRANSLATED)
def test_translations_hold_no_markup(code: str) -> None:
    assert b"<" not in catalogue_text("kordant_pipelines.reports", code)


def test_every_code_has_its_words() -> None:
    for words, codes in (
        (wording.ACTION_TITLES, [*Advice, *ActionKind]),
        (wording.ACTION_TEXTS, [*Advice, *ActionKind]),
        (wording.ADVICE_IN_SHORT, [*Advice]),
        (wording.SEVERITIES, [*Severity]),
        (wording.FACTORS, [*Factor]),
        (wording.BANDS, [*Band]),
        (wording.STANDINGS, [*Standing]),
        (wording.STANDING_NOTES, [*Standing]),
        (wording.KINDS, [*IdentifierKind]),
        (wording.KNOWN, [*Known]),
        (wording.SOURCES, [*Source]),
        (wording.STAGES, [*BrokerStage]),
        (wording.VOICE, [*VoiceOutcome]),
    ):
        assert set(words) == set(codes)


def test_every_failure_has_a_reason_a_customer_understands() -> None:
    unknown = wording.reason("no such code")
    assert all(wording.reason(code) != unknown for code in ErrorCode if code != "bad_request")
    assert all(wording.reason(f"no_source_for_{kind}") != unknown for kind in IdentifierKind)
    assert wording.reason("answer_cut_short") != unknown


@pytest.mark.parametrize(
    ("locale", "day", "month", "number", "tag"),
    [
        ("en-US", "Nov 4, 2026", "November 2026", "2,000", "en-US"),
        ("en-GB", "4 Nov 2026", "November 2026", "2,000", "en-GB"),
        ("de-DE", "04.11.2026", "November 2026", "2.000", "de-DE"),
        ("de-CH", "04.11.2026", "November 2026", "2\N{RIGHT SINGLE QUOTATION MARK}000", "de-CH"),
        ("es-ES", "4 nov 2026", "noviembre de 2026", "2.000", "es-ES"),
        ("es-MX", "4 nov 2026", "noviembre de 2026", "2,000", "es-MX"),
        ("fr-FR", "4 nov. 2026", "novembre 2026", "2\u202f000", "fr-FR"),
        ("it-IT", "Nov 4, 2026", "November 2026", "2,000", "en"),
        ("de-XX", "04.11.2026", "November 2026", "2.000", "de"),
    ],
)
def test_dates_and_numbers_are_local(
    locale: str, day: str, month: str, number: str, tag: str
) -> None:
    spoken = language(locale)
    assert spoken.day(date(2026, 11, 4)) == day
    assert spoken.span(Period.parse(ReportKind.MONTHLY, "2026-11")) == month
    assert spoken.number(2000) == number
    assert spoken.tag == tag


def test_a_date_is_no_more_exact_than_it_is_known() -> None:
    spoken = language("en-US")
    day = date(2026, 2, 1)
    assert [spoken.happened(day, precision) for precision in DatePrecision] == [
        "Feb 1, 2026",
        "Feb 2026",
        "2026",
    ]


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translated_report_holds_no_english(name: str, code: str) -> None:
    """By the sentences of the source; single words may be alike in two languages."""
    html = render_html(REPORTS[name](f"{code}-{code.upper()}"))
    sentences = {
        text
        for message in _extracted()
        for text in message
        if len(text.split()) > 2 and "%(" not in text
    }
    assert sentences
    assert [text for text in sentences if text in html and "Have I Been Pwned" not in text] == []
