"""One identifier has one spelling, and what is none is refused with its remedy."""

import unicodedata

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kordant_pipelines.domain.errors import RefusedInput
from kordant_pipelines.domain.identifiers import MAX_USERNAME, IdentifierKind, parse_identifier
from kordant_pipelines_tests.domain.identifier_strategies import emails, phones, usernames

EMAIL, PHONE, USERNAME = IdentifierKind.EMAIL, IdentifierKind.PHONE, IdentifierKind.USERNAME
BLANKS = st.sampled_from(("", " ", "\t", "\n", "\u00a0"))


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        (EMAIL, "  Ada.Lovelace@EXAMPLE.com\n", "ada.lovelace@example.com"),
        (EMAIL, "ada+shop@example.com", "ada+shop@example.com"),
        (EMAIL, "JOSÉ@example.com", "josé@example.com"),
        (EMAIL, "jose\u0301@example.com", "josé@example.com"),
        # J with caron is two characters, j with caron is one.
        (EMAIL, "J\u030c@example.com", "\u01f0@example.com"),
        (EMAIL, "ada@xn--bcher-kva.example.com", "ada@bücher.example.com"),
        (EMAIL, "ada@BÜCHER.example.com", "ada@bücher.example.com"),
        (PHONE, "+49 (0)30 / 12 34-56", "+4930123456"),
        (PHONE, "tel:+1-202-555-0142", "+12025550142"),
        (PHONE, "+39 06 69812345", "+390669812345"),
        (PHONE, "+१२०२५५५०१४२", "+12025550142"),
        (USERNAME, " LunaPrieto88 ", "lunaprieto88"),
        (USERNAME, "ＬＵＮＡ", "luna"),
        (USERNAME, "Straße", "strasse"),
        (USERNAME, "jose\u0301", "josé"),
        (USERNAME, "ΐ", "ΐ"),
        # An iota written below its letter, above which another mark stands: folding reorders them.
        (USERNAME, "\u1ff4\u0301\u0316", "\u03ce\u03b9\u0316\u0301"),
    ],
)
def test_spellings(kind: IdentifierKind, raw: str, value: str) -> None:
    assert ascii(parse_identifier(kind, raw).value) == ascii(value)


@given(emails, BLANKS, BLANKS)
def test_an_address_is_the_same_in_any_case(email: str, before: str, after: str) -> None:
    spelt = {parse_identifier(EMAIL, before + s + after) for s in (email, email.upper())}
    assert spelt == {parse_identifier(EMAIL, email)}


@given(st.sampled_from(phonenumbers.PhoneNumberFormat.__dict__.keys() & _FORMATS), phones)
def test_x(name: str, phone: str) -> None: ...
