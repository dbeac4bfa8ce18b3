"""HIBP's answers, typed. Unknown fields are ignored; names are HIBP's own, in snake case."""

from datetime import UTC, date, datetime
from typing import Annotated

import nh3
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_pascal

_TAGS = {"a", "b", "br", "code", "em", "i", "li", "ol", "p", "strong", "ul"}


def _safe_html(text: str) -> str:
    return nh3.clean(text.replace("\0", ""), tags=_TAGS, url_schemes={"http", "https"})


def _printable(text: str) -> str:
    # A database stores no NUL, and no name has a use for other control characters.
    return "".join(c for c in text if c.isprintable())


Name = Annotated[str, AfterValidator(_printable)]


def _in_utc(moment: datetime) -> datetime:
    # HIBP's times are UTC; subscription/status has been seen to leave out the Z.
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


UtcDatetime = Annotated[datetime, AfterValidator(_in_utc)]


class _HibpModel(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_pascal, populate_by_name=True, extra="ignore", frozen=True
    )


class HibpBreach(_HibpModel):
    """One breach of the catalogue.

    `name` is the stable key. `domain` may be empty. `description` is HTML, already reduced to
    harmless tags. `breach_date` is when it happened, `added_date` when HIBP listed it,
    `modified_date` when the entry last changed (both UTC).
    """

    name: Annotated[Name, Field(min_length=1)]
    title: Name
    domain: Name = ""
    breach_date: date
    added_date: UtcDatetime
    modified_date: UtcDatetime
    pwn_count: int = 0
    description: Annotated[str, AfterValidator(_safe_html)] = ""
    data_classes: tuple[Name, ...]
    is_verified: bool
    is_fabricated: bool
    is_sensitive: bool
    is_retired: bool
    is_spam_list: bool
    is_malware: bool = False
    is_stealer_log: bool = False
    is_subscription_free: bool = False
    logo_path: str | None = None
    attribution: str | None = None


class HibpPaste(_HibpModel):
    """One paste an address was seen in. `date` is UTC; many pastes have no title or date."""

    source: Name
    id: Name
    title: Name | None = None
    date: UtcDatetime | None = None
    email_count: int = 0


class HibpSubscription(_HibpModel):
    """What the API key may do. `rpm` is requests per minute, None if HIBP does not say."""

    subscription_name: str = ""
    description: str = ""
    subscribed_until: UtcDatetime | None = None
    rpm: Annotated[int, Field(ge=1)] | None = None
