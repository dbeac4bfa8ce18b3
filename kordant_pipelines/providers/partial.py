"""Values that registers write carelessly: days of wild years, names with control characters."""

import re
from datetime import date
from typing import Any


def lenient_date(raw: Any) -> Any:
    """The day that a text starts with, as in 2024-01-05T00:00:00Z or 2015-6-9.

    Clerks mistype days, so what cannot be one is None, and not a fault of the whole answer;
    anything but a text is left for the type to refuse.
    """
    if not isinstance(raw, str):
        return raw
    parts = re.match(r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)", raw.strip())
    try:
        return date(*(int(part) for part in parts.groups())) if parts else None
    except ValueError:
        return None


def printable(text: str) -> str:
    """A text without control characters, which no database stores, and without blank ends."""
    return "".join(c for c in text if c.isprintable()).strip()
