"""Whom a removal is for, and whether a listing is of them."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "esq", "md", "phd"})


class Residence(BaseModel):
    """Where someone lives. `country` is ISO 3166-1 alpha-2, `region` a US state's two letters."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    city: str = Field(min_length=1, max_length=100)
    region: str | None = Field(default=None, max_length=40)
    postal_code: str | None = Field(default=None, max_length=16)
    country: str = Field(pattern=r"^[A-Z]{2}$")

    @property
    def line(self) -> str:
        """City, region and country on one line."""
        return ", ".join(part for part in (self.city, self.region, self.country) if part)


@dataclass(frozen=True, slots=True)
class Person:
    """A customer as brokers may list them: personal data, so it never enters a log or an error."""

    name: str
    residence: Residence
    other_names: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "Person(…)"

    @property
    def first_name(self) -> str:
        """The first word of the name."""
        return self.name.split()[0]

    @property
    def last_name(self) -> str:
        """The last word of the name."""
        return self.name.split()[-1]


@dataclass(frozen=True, slots=True)
class Listing:
    """One entry of a broker's search page; `link` leads to the profile."""

    name: str
    place: str
    link: str

    def __repr__(self) -> str:
        return "Listing(…)"


def find_listing(person: Person, listings: Iterable[Listing], known: str = "") -> Listing | None:
    """The first listing that is of this person, or may be: same name, and no other place.

    First and last name must be the same, in whatever case, order or accents; middle names and
    suffixes may be missing. A listing that names another city is somebody else's, unless it is the
    profile at `known`, which was found to be theirs before: a page may come to write it otherwise.
    """
    names = [_name(name) for name in (person.name, *person.other_names)]
    return next(
        (
            listing
            for listing in listings
            if (known and listing.link == known)
            or (
                any(_same_name(name, _name(listing.name)) for name in names)
                and _same_place(person.residence, listing.place)
            )
        ),
        None,
    )


def _same_name(ours: tuple[str, ...], listed: tuple[str, ...]) -> bool:
    if not ours or not listed:
        return False
    ends = {ours[0], ours[-1]}
    return ends <= set(listed) and (set(listed) <= set(ours) or ends == {listed[0], listed[-1]})


def _same_place(residence: Residence, place: str) -> bool:
    words = _words(place)
    return not words or set(_words(residence.city)) <= set(words)


def _name(text: str) -> tuple[str, ...]:
    return tuple(word for word in _words(text) if word not in _SUFFIXES)


def _words(text: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKD", text).casefold()
    kept = (c for c in plain if not unicodedata.combining(c))
    return tuple("".join(c if c.isalnum() else " " for c in kept).split())
