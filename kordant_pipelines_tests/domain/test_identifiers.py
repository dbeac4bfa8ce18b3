"""One identifier has one spelling, and what is none is refused with its remedy."""

import unicodedata

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from phonenumbers import PhoneNumber, PhoneNumberFormat, format_number

from kordant_pipelines.domain.errors import RefusedInput
from kordant_pipelines.domain.identifiers import (
    MAX_USERNAME,
    Identifier,
    IdentifierKind,
    parse_identifier,
)
from kordant_pipelines_tests.domain.identifier_strategies import emails, phones, usernames

EMAIL, PHONE, USERNAME = IdentifierKind.EMAIL, IdentifierKind.PHONE, IdentifierKind.USERNAME

anything = st.text() | emails | usernames | st.from_regex(r"\A\+?[0-9() -]{3,16}\Z")
blanks = st.sampled_from(("", " ", "\t", "\n", "\u00a0"))


def read(kind: IdentifierKind, raw: str) -> Identifier | RefusedInput:
    """The identifier or its refusal, where a test allows both."""
    try:
        return parse_identifier(kind, raw)
    except RefusedInput as refused:
        return refused


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        (EMAIL, "  Ada.Lovelace@EXAMPLE.com\n", "ada.lovelace@example.com"),
        (EMAIL, "ada+shop@example.com", "ada+shop@example.com"),
        (EMAIL, "JOSÉ@example.com", "josé@example.com"),
        (EMAIL, "jose\u0301@example.com", "josé@example.com"),
        # J with a caron is two characters, j with a caron is one.
        (EMAIL, "J\u030c@example.com", "\u01f0@example.com"),
        (EMAIL, "ada@xn--bcher-kva.example.com", "ada@bücher.example.com"),
        (EMAIL, "ada@BÜCHER.example.com", "ada@bücher.example.com"),
        (PHONE, "+49 (0)30 / 12 34-56", "+4930123456"),
        (PHONE, "tel:+1-202-555-0142", "+12025550142"),
        (PHONE, "+39 06 69812345", "+390669812345"),
        (PHONE, "+१२०२५५५०१४२", "+12025550142"),
        (USERNAME, " LunaPrieto88 ", "lunaprieto88"),
        (USERNAME, "\uff2c\uff35\uff2e\uff21", "luna"),  # full width
        (USERNAME, "Straße", "strasse"),
        (USERNAME, "jose\u0301", "josé"),
        (USERNAME, "ΐ", "ΐ"),
        # Iota subscript with marks above and below: folding alone leaves them in another order.
        (USERNAME, "\u1ff4\u0301\u0316", "\u03ce\u0316\u0301\u03b9"),
    ],
)
def test_spellings(kind: IdentifierKind, raw: str, value: str) -> None:
    assert ascii(parse_identifier(kind, raw).value) == ascii(value)


@given(emails, blanks, blanks)
def test_an_address_is_the_same_in_any_case(email: str, before: str, after: str) -> None:
    spelt = {parse_identifier(EMAIL, before + s + after) for s in (email, email.upper())}
    assert spelt == {Identifier(EMAIL, email)}


@given(phones, blanks, blanks)
def test_a_number_is_the_same_however_it_is_written(
    number: PhoneNumber, before: str, after: str
) -> None:
    formats = (PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.RFC3966)
    written = [format_number(number, style) for style in formats]
    written.append(written[0].replace("+", "\uff0b"))  # a full-width plus
    spelt = {parse_identifier(PHONE, before + text + after) for text in written}
    assert spelt == {Identifier(PHONE, written[0])}


@given(usernames, blanks, blanks)
def test_a_username_is_the_same_in_any_case_and_normal_form(
    name: str, before: str, after: str
) -> None:
    assume("\u0131" not in name)  # dotless i: its capital is the dotted one's
    plain = read(USERNAME, name)
    assume(isinstance(plain, Identifier))
    variants = [name.upper(), name.lower(), name.casefold()]
    variants += [unicodedata.normalize(form, name) for form in ("NFC", "NFD", "NFKC", "NFKD")]
    assert {parse_identifier(USERNAME, before + v + after) for v in variants} == {plain}


@given(st.sampled_from(IdentifierKind), anything)
def test_any_text_is_refused_by_name_or_has_one_canonical_spelling(
    kind: IdentifierKind, raw: str
) -> None:
    read_as = read(kind, raw)
    if isinstance(read_as, Identifier):
        assert read_as.kind is kind
        assert parse_identifier(kind, read_as.value) == read_as
    else:
        assert str(read_as).startswith(f"{raw!r} is not a")


@pytest.mark.parametrize(
    ("kind", "raw", "remedy"),
    [
        (EMAIL, "", "must have an @-sign"),
        (EMAIL, "nope", "must have an @-sign"),
        (EMAIL, "ada@localhost", "It should have a period"),
        (EMAIL, "ada@@example.com", "@"),
        (EMAIL, "Ada <ada@example.com>", "display name"),
        (EMAIL, "ada@[192.0.2.1]", "bracket"),
        (EMAIL, "a" * 250 + "@example.com", "too long"),
        (PHONE, "", "with its country code, as in +49 30 123456"),
        (PHONE, "030 123456", "with its country code, as in +49 30 123456"),
        (PHONE, "0049 30 123456", "with its country code, as in +49 30 123456"),
        (PHONE, "+999 123456", "with its country code, as in +49 30 123456"),
        (PHONE, "+49 1", "with its country code, as in +49 30 123456"),
        (PHONE, "+1 202 555", "country +1 has. Check its digits"),
        (USERNAME, "", "give 1 to 64 characters without spaces"),
        (USERNAME, "  ", "give 1 to 64 characters without spaces"),
        (USERNAME, "two words", "give 1 to 64 characters without spaces"),
        (USERNAME, "x" * (MAX_USERNAME + 1), "give 1 to 64 characters without spaces"),
        # ß folds to two letters, so the limit is on what is stored.
        (USERNAME, "ß" * MAX_USERNAME, "give 1 to 64 characters without spaces"),
        (USERNAME, "zero\u200bwidth", "a control character. Type it anew"),
        (USERNAME, "nul\x00", "a control character. Type it anew"),
        (USERNAME, "half\ud800", "a control character. Type it anew"),
    ],
)
def test_what_is_none_is_refused_with_the_value_and_the_remedy(
    kind: IdentifierKind, raw: str, remedy: str
) -> None:
    with pytest.raises(RefusedInput) as refused:
        parse_identifier(kind, raw)
    assert str(refused.value).startswith(repr(raw))
    assert remedy in str(refused.value)


def test_the_longest_username_is_one() -> None:
    assert parse_identifier(USERNAME, "x" * MAX_USERNAME).value == "x" * MAX_USERNAME


def test_every_region_has_its_numbers() -> None:
    """The strategy above is only as good as the metadata it draws from."""
    assert len(phonenumbers.SUPPORTED_REGIONS) > 200
