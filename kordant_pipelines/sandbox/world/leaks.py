"""What LeakCheck knows: rows of leaked data, found by e-mail, phone, user name or hash."""

import hashlib
import re
from collections.abc import Callable, Iterable
from enum import StrEnum
from threading import RLock

from pydantic import BaseModel, ConfigDict, Field, model_validator

API_KEY = "5a4db0c0ffee5a4db0c0ffee5a4db0c0ffee5a4d"
"""The sandbox's only valid LeakCheck key; 40 hex digits, as the real ones are."""
QUOTA = 100_000
"""Queries left on a new world's account."""
HASH_LENGTHS = (24, 64)
"""Hex digits of a SHA-256: cut to 24, or whole (LeakCheck's documentation of `type=hash`)."""


class QueryType(StrEnum):
    """How a query is read; the provider's own words."""

    EMAIL = "email"
    USERNAME = "username"
    PHONE = "phone"
    HASH = "hash"


class LeakSource(BaseModel):
    """Where a row leaked from; `breach_date` is "YYYY-MM" or absent, the flags are 0 or 1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    breach_date: str | None = Field(default=None, pattern=r"^\d{4}-\d{2}$")
    unverified: int = Field(default=0, ge=0, le=1)
    passwordless: int = Field(default=0, ge=0, le=1)
    compilation: int = Field(default=0, ge=0, le=1)


class LeakRow(BaseModel):
    """One leaked row; `password` is plaintext, as the real service returns it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: LeakSource
    email: str | None = None
    username: str | None = None
    phone: str | None = None
    password: str | None = None
    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    dob: str | None = None
    address: str | None = None
    zip: str | None = None

    @model_validator(mode="after")
    def _can_be_found(self) -> "LeakRow":
        if not (self.email or self.username or self.phone):
            raise ValueError("a leak row needs an email, a username or a phone to be found by")
        return self

    def as_json(self) -> dict[str, object]:
        """The row as the provider writes it: absent values left out, `fields` names the rest."""
        row: dict[str, object] = self.model_dump(exclude_none=True)
        if self.phone:
            row["phone"] = digits(self.phone)
        return row | {"fields": [key for key in row if key not in {"source", "email"}]}


def digits(phone: str) -> str:
    """The digits of a phone number: the provider knows no plus sign and no spaces."""
    return re.sub(r"\D", "", phone)


def _email_hash(email: str) -> str:
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()


class LeakRegister:
    """The leak service's state; every method is safe from any thread."""

    def __init__(self, rows: Iterable[LeakRow]) -> None:
        self.keys = {API_KEY}
        self._lock = RLock()
        self._rows = list(rows)
        self._quota = QUOTA

    def add(self, row: LeakRow) -> None:
        """Add a row; it is found by each of its email, username and phone from now on."""
        with self._lock:
            self._rows.append(row)

    def spend(self) -> int | None:
        """Take one query from the quota: how many are left, or None when there was none to take."""
        with self._lock:
            if self._quota == 0:
                return None
            self._quota -= 1
            return self._quota

    def set_quota(self, left: int) -> None:
        """Say how many queries the account has left."""
        with self._lock:
            self._quota = left

    def search(self, query: str, kind: QueryType) -> list[LeakRow]:
        """The rows of that value, oldest first; e-mail and user name in any case of letters."""
        matches = _matcher(query, kind)
        with self._lock:
            return [row for row in self._rows if matches(row)]

    def passwords(self) -> list[str]:
        """Every plaintext password in the rows."""
        with self._lock:
            return [row.password for row in self._rows if row.password]


def _matcher(query: str, kind: QueryType) -> Callable[[LeakRow], bool]:
    wanted = query.strip().lower()
    match kind:
        case QueryType.EMAIL:
            return lambda row: (row.email or "").lower() == wanted
        case QueryType.USERNAME:
            return lambda row: (row.username or "").lower() == wanted
        case QueryType.PHONE:
            return lambda row: row.phone is not None and digits(row.phone) == digits(wanted)
        case QueryType.HASH:
            return lambda row: row.email is not None and _email_hash(row.email).startswith(wanted)
