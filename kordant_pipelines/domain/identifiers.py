"""The things a customer asks us to look for, in one canonical spelling each.

Two spellings of one identifier must compare equal, or a customer is alerted twice; so every
identifier passes `parse_identifier` before it is stored, indexed or looked up.
"""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from kordant_pipelines.domain.errors import RefusedInput

MAX_USERNAME = 64


class IdentifierKind(StrEnum):
    """The kinds of identifier a watch list may hold."""

    EMAIL = "email"
    PHONE = "phone"
    USERNAME = "username"


@dataclass(frozen=True, slots=True)
class Identifier:
    """A normalised identifier: personal data, so it never enters Dagster, a log or an error."""

    kind: IdentifierKind
    value: str

    def __repr__(self) -> str:
        return f"Identifier({self.kind.value}, …)"

    @property
    def masked(self) -> str:
        """Enough for its owner to recognise, not enough for anyone else.

        j•••@e•••.com, •••0123, ja•••: the last four digits of a phone number, the first letters
        of the rest, and never all of a name however short it is.
        """
        if self.kind is IdentifierKind.EMAIL:
            local, _, domain = self.value.partition("@")
            name, _, suffix = domain.rpartition(".")
            return f"{_start(local, 1)}•••@{_start(name, 1)}•••.{suffix}"
        if self.kind is IdentifierKind.PHONE:
            return f"•••{self.value[-4:]}"
        return f"{_start(self.value, 2)}•••"


def parse_identifier(kind: IdentifierKind, raw: str) -> Identifier:
    """Return `raw` in its canonical spelling.

    E-mail: lower case, internationalised domain in Unicode (email-validator). Phone: E.164
    (phonenumbers); the country code must be given. Username: case folded, NFKC.

    Raises:
        RefusedInput: `raw` is not a valid identifier of that kind.
    """
    match kind:
        case IdentifierKind.EMAIL:
            value = _email(raw)
        case IdentifierKind.PHONE:
            value = _phone(raw)
        case IdentifierKind.USERNAME:
            value = _username(raw)
    return Identifier(kind, value)


def _email(raw: str) -> str:
    try:
        parsed = validate_email(raw.strip(), check_deliverability=False)
    except EmailNotValidError as error:
        raise RefusedInput(f"{raw!r} is not an e-mail address: {error}") from error
    # Mail systems may tell local parts apart by case; breach sources and people do not.
    return unicodedata.normalize("NFC", parsed.normalized.lower())


def _phone(raw: str) -> str:
    try:
        number = phonenumbers.parse(raw.strip(), None)
    except phonenumbers.NumberParseException as error:
        raise RefusedInput(
            f"{raw!r} is not a whole phone number. Write it with its country code, "
            "as in +49 30 123456."
        ) from error
    if not phonenumbers.is_valid_number(number):
        raise RefusedInput(
            f"{raw!r} is not a number that country +{number.country_code} has. "
            "Check its digits and its country code."
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _username(raw: str) -> str:
    value = _fold(raw.strip())
    if not value or len(value) > MAX_USERNAME or any(c.isspace() for c in value):
        raise RefusedInput(
            f"{raw!r} is not a username: give 1 to {MAX_USERNAME} characters without spaces."
        )
    if any(unicodedata.category(c).startswith("C") for c in value):
        raise RefusedInput(
            f"{raw!r} is not a username: it holds a control character. Type it anew."
        )
    return value


def _fold(text: str) -> str:
    """Unicode's compatibility caseless form (D146): folding may undo the normal form it is given.

    Source: The Unicode Standard, section 3.13.
    """
    for form in ("NFD", "NFKD"):
        text = unicodedata.normalize(form, text).casefold()
    return unicodedata.normalize("NFKC", text)


def _start(text: str, at_most: int) -> str:
    return text[: min(at_most, len(text) - 1)]
