"""What is shown of an identifier: enough for its owner, and never all of it."""

import re

import pytest
from hypothesis import given
from phonenumbers import PhoneNumber, PhoneNumberFormat, format_number

from kordant_pipelines.domain.errors import RefusedInput
from kordant_pipelines.domain.identifiers import Identifier, IdentifierKind, parse_identifier
from kordant_pipelines_tests.domain.identifier_strategies import emails, phones, usernames

EMAIL, PHONE, USERNAME = IdentifierKind.EMAIL, IdentifierKind.PHONE, IdentifierKind.USERNAME


@pytest.mark.parametrize(
    ("kind", "raw", "masked"),
    [
        (EMAIL, "jane.doe@example.com", "j•••@e•••.com"),
        (EMAIL, "jane@mail.example.co.uk", "j•••@m•••.uk"),
        (EMAIL, "j@example.com", "•••@e•••.com"),
        (EMAIL, "jane@x.com", "j•••@•••.com"),
        (PHONE, "+1 202 555 0142", "•••0142"),
        (USERNAME, "LunaPrieto88", "lu•••"),
        (USERNAME, "luna", "lu•••"),
        (USERNAME, "lu", "l•••"),
        (USERNAME, "l", "•••"),
    ],
)
def test_masks(kind: IdentifierKind, raw: str, masked: str) -> None:
    assert parse_identifier(kind, raw).masked == masked


@given(emails)
def test_of_an_address_two_first_letters_and_the_suffix_show(email: str) -> None:
    masked = parse_identifier(EMAIL, email).masked
    local, _, domain = email.partition("@")
    name, _, suffix = domain.rpartition(".")
    shown = re.fullmatch(r"(.?)•••@(.?)•••\.(.+)", masked)
    assert shown is not None
    assert shown[1] in ("", local[0])
    assert shown[2] in ("", name[0])
    assert shown[3] == suffix
    assert shown[1] != local
    assert shown[2] != name


@given(phones)
def test_of_a_number_four_digits_show_and_never_the_country(number: PhoneNumber) -> None:
    value = format_number(number, PhoneNumberFormat.E164)
    masked = parse_identifier(PHONE, value).masked
    assert masked == f"•••{value[-4:]}"
    assert "+" not in masked


@given(usernames)
def test_of_a_username_two_letters_show_and_never_all(name: str) -> None:
    try:
        identifier = parse_identifier(USERNAME, name)
    except RefusedInput:
        return
    shown = identifier.masked.removesuffix("•••")
    assert identifier.masked.endswith("•••")
    assert identifier.value.startswith(shown)
    assert len(shown) == min(2, len(identifier.value) - 1)


@given(emails)
def test_no_way_to_print_an_identifier_shows_it(email: str) -> None:
    identifier = Identifier(EMAIL, email)
    for text in (repr(identifier), str(identifier), f"{identifier}", repr([identifier])):
        assert "Identifier(email, …)" in text
        assert email not in text
