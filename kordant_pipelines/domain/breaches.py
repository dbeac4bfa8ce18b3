"""Breaches as facts, whatever source told of them, and the one filter that hides some of them."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Source(StrEnum):
    """Where a finding comes from; each source has its own keys for breaches."""

    HIBP = "hibp"
    HIBP_PASTES = "hibp_pastes"
    LEAKCHECK = "leakcheck"


class DatePrecision(StrEnum):
    """How exactly a source dates a breach."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One breach as one source describes it.

    `key` is the source's stable name for it. `breach_date` is when it happened (the first day of
    the month or year where `date_precision` says that no more is known), `added_at` when the
    source published it; either may be unknown. `description` is sanitised HTML.
    """

    source: Source
    key: str
    title: str
    data_classes: frozenset[str]
    breach_date: date | None = None
    date_precision: DatePrecision = DatePrecision.DAY
    added_at: datetime | None = None
    modified_at: datetime | None = None
    domain: str = ""
    pwn_count: int | None = None
    description: str = ""
    is_verified: bool = True
    is_fabricated: bool = False
    is_sensitive: bool = False
    is_retired: bool = False
    is_spam_list: bool = False
    is_malware: bool = False
    is_stealer_log: bool = False

    @property
    def canonical_name(self) -> str:
        """The same for one breach whichever source names it: bare letters and digits, in one case.

        Accents and case are dropped, for sources differ in them.
        """
        title = unicodedata.normalize("NFKD", self.title.casefold())
        return re.sub(r"[\W_]+", "", title) or self.key.casefold()


def is_reportable(breach: Breach, *, include_unverified: bool = False) -> bool:
    """Whether customers hear of this breach.

    Alerts, lists and reports all share this filter, so that none shows what another hides.
    Retired, fabricated and spam-list breaches say nothing a person could act on; unverified ones
    are shown only to those who ask for them.
    """
    if breach.is_retired or breach.is_fabricated or breach.is_spam_list:
        return False
    return breach.is_verified or include_unverified


def catalogue_fingerprint(breaches: Iterable[Breach]) -> str:
    """A digest that changes whenever a look at the same identifier could answer differently."""
    lines = sorted(
        "\x1f".join(
            (
                breach.key,
                breach.modified_at.isoformat() if breach.modified_at else "",
                str(breach.pwn_count),  # accounts added are answers changed
                ",".join(sorted(breach.data_classes)),
                *(str(int(flag)) for flag in _flags(breach)),
            )
        )
        for breach in breaches
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _flags(breach: Breach) -> tuple[bool, ...]:
    return (
        breach.is_verified,
        breach.is_fabricated,
        breach.is_sensitive,
        breach.is_retired,
        breach.is_spam_list,
        breach.is_malware,
        breach.is_stealer_log,
    )
