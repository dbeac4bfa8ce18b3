"""A date known to the day, the month or the year only."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final, Self

_FORM: Final = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


@dataclass(frozen=True, slots=True)
class PartialDate:
    """`month` is None when only the year is known, `day` when only the month is."""

    year: int
    month: int | None = None
    day: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read `2019-07-15`, `2019-07` or `2019`, keeping what makes sense (`2019-00` is 2019).

        None when not even the year does, as for an empty text or `0000-00`.
        """
        match = _FORM.fullmatch(text.strip())
        if match is None or int(match[1]) == 0:
            return None
        year, month, day = int(match[1]), int(match[2] or 0), int(match[3] or 0)
        if not 1 <= month <= 12:
            return cls(year)
        try:
            date(year, month, day)
        except ValueError:
            return cls(year, month)
        return cls(year, month, day)

    def __str__(self) -> str:
        """ISO 8601 to the precision known."""
        parts = [f"{self.year:04}"] + [f"{part:02}" for part in (self.month, self.day) if part]
        return "-".join(parts)
