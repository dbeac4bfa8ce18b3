"""Every kind of data that is told of has its word in each language."""

from io import BytesIO

import pytest
from babel.messages.pofile import read_po
from pydantic import TypeAdapter
from typing_extensions import TypedDict

from kordant_pipelines.domain.severity import CRITICAL, HIGH, LASTING, MEDIUM
from kordant_pipelines.languages.catalogues import catalogue_text, translations
from kordant_pipelines.languages.data_classes import DATA_CLASSES
from kordant_pipelines.languages.locales import TRANSLATED
from kordant_pipelines.sandbox.world.seed import load_seed


class Leaky(TypedDict):
    """What of the sandbox's breaches matters here."""

    DataClasses: list[str]


@pytest.mark.parametrize("code", TRANSLATED)
def test_the_catalogue_holds_them_all_and_nothing_else(code: str) -> None:
    text = catalogue_text("kordant_pipelines.languages", code)
    held = {m.id: m for m in read_po(BytesIO(text), locale=code, abort_invalid=True) if m.id}
    assert set(held) == DATA_CLASSES
    assert not [name for name, message in held.items() if message.fuzzy or not message.string]


@pytest.mark.parametrize("package", ["kordant_pipelines.messages", "kordant_pipelines.reports"])
def test_they_are_part_of_what_messages_and_reports_say(package: str) -> None:
    assert translations(package, "de").gettext("Bank account numbers") == "Bankkontonummern"
    assert translations(package, "de").gettext("Never heard of") == "Never heard of"


def test_what_weighs_in_severity_is_among_them() -> None:
    assert CRITICAL | HIGH | MEDIUM | LASTING <= DATA_CLASSES


def test_what_the_sandbox_leaks_is_among_them() -> None:
    leaked = TypeAdapter(list[Leaky]).validate_python([b.as_json() for b in load_seed().breaches])
    assert {kind for breach in leaked for kind in breach["DataClasses"]} <= DATA_CLASSES
