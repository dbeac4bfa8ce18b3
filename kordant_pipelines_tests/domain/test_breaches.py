"""Breaches: the filter all share, the name sources meet under, the catalogue's fingerprint."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kordant_pipelines.domain.breaches import (
    Breach,
    DatePrecision,
    Source,
    catalogue_fingerprint,
    is_reportable,
)
from kordant_pipelines_tests.domain.examples import NOW, a_breach
from kordant_pipelines_tests.domain.strategies import breaches


@pytest.mark.parametrize("hidden", ["is_retired", "is_fabricated", "is_spam_list"])
@given(breach=breaches, unverified=st.booleans())
def test_some_breaches_nobody_hears_of(hidden: str, breach: Breach, *, unverified: bool) -> None:
    hidden_one = replace(breach, **{hidden: True})
    assert not is_reportable(hidden_one, include_unverified=unverified)


@pytest.mark.parametrize(
    ("flags", "by_default", "on_request"),
    [
        ({"is_verified": True}, True, True),
        ({"is_verified": False}, False, True),
        ({"is_sensitive": True}, True, True),
        ({"is_malware": True, "is_stealer_log": True}, True, True),
        ({"is_verified": False, "is_retired": True}, False, False),
    ],
)
def test_who_hears_of_a_breach(
    flags: dict[str, Any], *, by_default: bool, on_request: bool
) -> None:
    breach = a_breach(**flags)
    assert is_reportable(breach) is by_default
    assert is_reportable(breach, include_unverified=True) is on_request


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("LinkedIn", "linked-in"),
        ("Collection #1", "Collection 1"),
        ("Straße", "STRASSE"),
        ("Pokémon Creed", "Pokemon Creed"),
        ("Pokémon Creed", "Poke\u0301mon Creed"),
        ("under_score", "Under Score"),
    ],
)
def test_sources_meet_under_one_name(one: str, other: str) -> None:
    assert a_breach(one).canonical_name == a_breach(other, key="k").canonical_name


@pytest.mark.parametrize(
    ("one", "other"),
    [("Bell (2014 breach)", "Bell (2017 breach)"), ("Adobe", "Adobe 2"), ("ヤフー", "楽天")],
)
def test_different_breaches_keep_different_names(one: str, other: str) -> None:
    assert a_breach(one).canonical_name != a_breach(other).canonical_name


def test_a_title_of_signs_alone_gives_way_to_the_key() -> None:
    names = {a_breach("***", key=key).canonical_name for key in ("One", "Two")}
    assert names == {"one", "two"}


def test_the_order_in_which_breaches_are_listed_says_nothing() -> None:
    one, two, three = (a_breach(title) for title in ("One", "Two", "Three"))
    assert catalogue_fingerprint([one, two, three]) == catalogue_fingerprint([three, one, two])


@given(st.lists(breaches, max_size=5), st.randoms())
def test_any_order_gives_the_same_fingerprint(held: list[Breach], random: Any) -> None:
    shuffled = list(held)
    random.shuffle(shuffled)
    assert catalogue_fingerprint(shuffled) == catalogue_fingerprint(held)


CHANGES: dict[str, Any] = {
    "pwn_count": 152_445_165,
    "key": "Adobe2",
    "modified_at": NOW,
    "data_classes": frozenset({"Email addresses", "Passwords"}),
    "is_verified": False,
    "is_fabricated": True,
    "is_sensitive": True,
    "is_retired": True,
    "is_spam_list": True,
    "is_malware": True,
    "is_stealer_log": True,
}
"""What changes how a look is answered, or what the answer means."""

WORDS: dict[str, Any] = {
    "source": Source.LEAKCHECK,
    "title": "Adobe Systems",
    "breach_date": date(2013, 10, 4),
    "date_precision": DatePrecision.YEAR,
    "added_at": NOW,
    "domain": "adobe.com",
    "description": "In October 2013 …",
}
"""What is only said of a breach; its source moves `modified_at` when it rewrites that."""


def test_every_field_of_a_breach_is_one_or_the_other() -> None:
    assert CHANGES.keys() | WORDS.keys() == {field.name for field in fields(Breach)}
    assert not CHANGES.keys() & WORDS.keys()


@pytest.mark.parametrize("field", CHANGES)
def test_the_fingerprint_changes_with_what_an_answer_depends_on(field: str) -> None:
    before, others = a_breach(), [a_breach("Dropbox"), a_breach("Canva")]
    after = replace(before, **{field: CHANGES[field]})
    assert catalogue_fingerprint([after, *others]) != catalogue_fingerprint([before, *others])


@pytest.mark.parametrize("field", WORDS)
def test_the_fingerprint_stays_when_only_words_change(field: str) -> None:
    before = a_breach()
    after = replace(before, **{field: WORDS[field]})
    assert catalogue_fingerprint([after]) == catalogue_fingerprint([before])


def test_the_fingerprint_tells_one_breach_more_or_less() -> None:
    one, two = a_breach("One"), a_breach("Two")
    prints = {catalogue_fingerprint(held) for held in ([], [one], [two], [one, two])}
    assert len(prints) == 4


def test_the_fingerprint_knows_when_a_later_change_follows_a_change() -> None:
    moments = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3)]
    prints = {catalogue_fingerprint([a_breach(modified_at=moment)]) for moment in moments}
    assert len(prints) == 3
