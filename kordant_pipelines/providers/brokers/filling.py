"""Filling a recipe's placeholders with what it may tell the broker."""

from collections.abc import Mapping
from dataclasses import dataclass

from kordant_pipelines.domain.removals.people import Person


@dataclass(frozen=True, slots=True)
class Filling:
    """What a recipe's placeholders stand for: personal data.

    `reply_to` is our mailbox's address with the request's reference as its tag.
    """

    person: Person
    reference: str = ""
    reply_to: str = ""
    profile_url: str = ""

    def __repr__(self) -> str:
        return "Filling(…)"

    def fill(self, fields: Mapping[str, str]) -> dict[str, str]:
        """The fields with every placeholder filled in; what is not known is left empty."""
        home = self.person.residence
        values = {
            "name": self.person.name,
            "first": self.person.first_name,
            "last": self.person.last_name,
            "city": home.city,
            "region": home.region or "",
            "postal_code": home.postal_code or "",
            "country": home.country,
            "reply_to": self.reply_to,
            "reference": self.reference,
            "profile_url": self.profile_url,
        }
        return {name: text.format_map(values) for name, text in fields.items()}
