"""The invented customers: who they are, what they pay for and what they ask us to watch."""

from enum import StrEnum
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, field_validator


class Tier(StrEnum):
    """What a customer pays for; the values are the billing system's own."""

    BASIC = "basic"
    PLUS = "plus"
    PREMIUM = "premium"


class WatchList(BaseModel):
    """The identifiers a customer asks us to watch; phones are E.164."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    emails: tuple[str, ...]
    phones: tuple[str, ...] = ()
    usernames: tuple[str, ...] = ()


class Customer(BaseModel):
    """One invented customer, as a billing system would hand it over.

    `ref` is the billing system's id, `locale` a BCP 47 tag, `timezone` an IANA name, `phone` E.164.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ref: str
    tier: Tier
    name: str
    locale: str
    timezone: str
    email: str
    phone: str
    watch: WatchList
    note: str = ""

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        ZoneInfo(value)
        return value

    @property
    def devices(self) -> tuple[str, ...]:
        """The tokens of their phones: who pays for more than the least has the app."""
        return () if self.tier is Tier.BASIC else (f"sandbox-device-{self.ref}",)
