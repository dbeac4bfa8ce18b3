"""Which property is meant: one canonical key per county, and which register speaks for it.

A wrong key finds nothing, and nothing found must never read as clean; so every key passes
`parse_parcel` before it is stored or looked up.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kordant_pipelines.domain.errors import RefusedInput


class Register(StrEnum):
    """The sources of recorded documents."""

    NYC_ACRIS = "nyc_acris"
    COOK_SALES = "cook_sales"
    PHILADELPHIA_TRANSFERS = "philadelphia_transfers"
    ATTOM = "attom"


NYC, COOK, PHILADELPHIA = "nyc", "cook", "philadelphia"

_REGISTERS: Mapping[str, Register] = {
    NYC: Register.NYC_ACRIS,
    COOK: Register.COOK_SALES,
    PHILADELPHIA: Register.PHILADELPHIA_TRANSFERS,
}
_PLACES = {NYC: "New York City", COOK: "Cook County", PHILADELPHIA: "Philadelphia"}
_BY_FIPS = {
    **dict.fromkeys(("36005", "36047", "36061", "36081"), NYC),  # Staten Island keeps its own
    "17031": COOK,
    "42101": PHILADELPHIA,
}

BLIND_SPOTS: Mapping[Register, str] = {
    Register.NYC_ACRIS: "no_lis_pendens_or_mechanics_liens",
    Register.COOK_SALES: "no_mortgages_or_liens",
    Register.PHILADELPHIA_TRANSFERS: "no_court_liens",
    Register.ATTOM: "no_liens",
}
"""What a register does not hold however well it answers: filed with a court or clerk elsewhere."""

_LINE = " | "  # between the lines of an address key; no address holds it


@dataclass(frozen=True, slots=True)
class Parcel:
    """A property: its county (`nyc`, `cook`, `philadelphia` or a five-digit FIPS code) and key.

    The key is a BBL of 10 digits, a PIN of 14, an OPA number of 9, or for any other county the
    address. It is personal data, so it never enters Dagster, a log or an error.
    """

    county: str
    key: str

    def __repr__(self) -> str:
        return f"Parcel({self.county}, …)"

    @property
    def register(self) -> Register:
        """Who speaks for it: a county's own open data, or else the commercial source."""
        return _REGISTERS.get(self.county, Register.ATTOM)

    @property
    def bbl(self) -> tuple[int, int, int]:
        """A New York parcel's borough, block and lot."""
        return int(self.key[0]), int(self.key[1:6]), int(self.key[6:])

    @property
    def address(self) -> tuple[str, str]:
        """An address key's street line, and its city line."""
        street, _, city = self.key.partition(_LINE)
        return street, city

    @property
    def masked(self) -> str:
        """Enough for its owner to recognise, in any language: "•••0012, New York City"."""
        if self.county in _PLACES:
            return f"•••{self.key[-4:]}, {_PLACES[self.county]}"
        street, city_line = self.address
        city, _, state = city_line.rpartition(", ")
        return f"{street[:2]}•••, {city.title()}, {state[:2]}"


def parse_parcel(county: str, raw: str) -> Parcel:
    """Return the parcel in its canonical spelling.

    NYC: `1-00477-0012`, `1/477/12` or 10 digits. Cook: 14 digits, with or without dashes, or the
    10 of a parcel without units in dashes. Philadelphia: 9 digits, or 8 where a leading zero was
    lost. Any other county: its FIPS code and a US address, `12 Elm St, Austin, TX 78701`.

    Raises:
        RefusedInput: there is no such county, or `raw` is no key of it.
    """
    code = county.strip().lower()
    code = _BY_FIPS.get(code, code)
    match code:
        case "nyc":
            key = _bbl(raw)
        case "cook":
            key = _pin(raw)
        case "philadelphia":
            key = _opa(raw)
        case _ if re.fullmatch(r"(?!00)[0-7]\d[0-9]{3}", code):
            key = _address(raw)
        case _:
            raise RefusedInput(
                f"{county!r} is not a county: give nyc, cook, philadelphia, or a county's FIPS "
                "code of five digits, such as 48453."
            )
    return Parcel(code, key)


def _bbl(raw: str) -> str:
    parts = [part for part in re.split(r"[\s/-]+", raw.strip()) if part]
    if len(parts) == 1 and re.fullmatch(r"\d{10}", parts[0]):
        parts = [parts[0][0], parts[0][1:6], parts[0][6:]]
    if len(parts) == 3 and all(part.isascii() and part.isdigit() for part in parts):
        borough, block, lot = (int(part) for part in parts)
        if borough == 5:
            raise RefusedInput(
                f"{raw!r} is on Staten Island, whose county clerk keeps a register of its own that "
                "ACRIS does not hold: give county 36085 and the address."
            )
        if 1 <= borough <= 4 and 1 <= block <= 99999 and 1 <= lot <= 9999:
            return f"{borough}{block:05}{lot:04}"
    raise RefusedInput(
        f"{raw!r} is not a BBL: give borough (1 to 4), block and lot, as in 1-00477-0012."
    )


def _pin(raw: str) -> str:
    text = raw.strip()
    digits = re.sub(r"[\s-]", "", text)
    if digits.isascii() and digits.isdigit():
        if len(digits) in {13, 14}:  # spreadsheets lose a leading zero
            return digits.zfill(14)
        if len(digits) == 10 and re.fullmatch(r"\d\d-\d\d-\d{3}-\d{3}", text):
            return f"{digits}0000"
    raise RefusedInput(
        f"{raw!r} is not a Cook County PIN: give its 14 digits, as in 17-09-410-014-1001."
    )


def _opa(raw: str) -> str:
    digits = re.sub(r"[\s-]", "", raw.strip())
    if digits.isascii() and digits.isdigit() and len(digits) in {8, 9}:
        return digits.zfill(9)
    raise RefusedInput(f"{raw!r} is not an OPA account number: give its 9 digits.")


def _address(raw: str) -> str:
    parts = [" ".join(part.split()).upper() for part in raw.split(",")]
    state = re.fullmatch(r"([A-Z]{2})(?: (\d{5}))?(?:-\d{4})?", parts[-1])
    street = ", ".join(parts[:-2])
    if len(parts) >= 3 and state and all(parts) and re.match(r"\d", street) and _LINE not in raw:
        return f"{street}{_LINE}{parts[-2]}, {state[1]}{f' {state[2]}' if state[2] else ''}"
    raise RefusedInput(
        f"{raw!r} is not a US address: give street, city and state, as in "
        "12 Elm St, Austin, TX 78701."
    )
