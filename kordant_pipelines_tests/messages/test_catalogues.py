"""The catalogues hold every sentence that is told, with the same gaps, and nothing else."""

from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from io import BytesIO
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from kordant_pipelines.languages.catalogues import catalogue_text
from kordant_pipelines.languages.locales import TRANSLATED
from kordant_pipelines.messages.language import language

KEYWORDS = {"say": None, "mark": None, "count": (1, 2)}
METHODS = [
    ("**.py", "python"),
    ("**/templates/**.html", "jinja2"),
    ("**/templates/**.txt", "jinja2"),
]


def told() -> set[str | tuple[str, ...]]:
    """Every sentence in the source; one with a plural is a pair."""
    root = files("kordant_pipelines")
    return {
        message
        for package in ("domain", "messages")
        for _, _, message, _, _ in extract_from_dir(str(root / package), METHODS, keywords=KEYWORDS)
    }


def catalogue(code: str) -> Catalog:
    return read_po(
        BytesIO(catalogue_text("kordant_pipelines.messages", code)), locale=code, abort_invalid=True
    )


def gaps(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name)


def pairs(code: str) -> Iterator[tuple[str, str]]:
    """Each sentence with its translation, form by form."""
    for message in catalogue(code):
        if not message.id:
            continue
        sources = message.id if isinstance(message.id, tuple | list) else (message.id,)
        forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
        for number, form in enumerate(forms):
            yield sources[min(number, len(sources) - 1)], form or ""


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_sentence_is_there_and_no_other(code: str) -> None:
    held = {
        tuple(message.id) if isinstance(message.id, tuple | list) else message.id
        for message in catalogue(code)
        if message.id
    }
    assert len(held) > 40
    assert held == told()


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_sentence_is_translated_with_its_gaps(code: str) -> None:
    for source, form in pairs(code):
        assert form.strip(), source
        assert gaps(form) == gaps(source), source
        assert source.endswith(".") == form.endswith("."), source


@pytest.mark.parametrize("code", TRANSLATED)
def test_nothing_is_left_uncertain(code: str) -> None:
    assert not [message.id for message in catalogue(code) if message.fuzzy and message.id]


@pytest.mark.parametrize(
    ("tag", "day", "month", "kinds", "count"),
    [
        ("en-US", "October 4, 2024", "October 2024",
         "names, IP addresses, and passwords", "12,000"),
        ("en-GB", "4 October 2024", "October 2024", "names, IP addresses and passwords", "12,000"),
        ("de-DE", "4. Oktober 2024", "Oktober 2024", "Namen, IP-Adressen und Passwörter", "12.000"),
        ("es-ES", "4 de octubre de 2024", "octubre de 2024",
         "nombres, direcciones IP y contraseñas", "12.000"),
        ("fr-FR", "4 octobre 2024", "octobre 2024", "noms, adresses IP et mots de passe",
         "12\u202f000"),
    ],
)  # fmt: skip
def test_dates_lists_and_numbers_are_the_readers(
    tag: str, day: str, month: str, kinds: str, count: str
) -> None:
    words, when = language(tag), date(2024, 10, 4)
    assert words.tag == tag
    assert (words.day(when), words.month(when)) == (day, month)
    assert words.kinds(["Names", "IP addresses", "Passwords"]) == kinds
    one, many = "… and {number} more finding.", "… and {number} more findings."
    assert count in words.count(one, many, 12_000)


@pytest.mark.parametrize(
    ("tag", "code"), [("de-AT", "de"), ("fr", "fr"), ("pt-BR", "en"), ("zz", "en"), ("de-ZZ", "de")]
)
def test_another_locale_is_told_in_the_nearest_language(tag: str, code: str) -> None:
    assert language(tag).tag.split("-")[0] == code
