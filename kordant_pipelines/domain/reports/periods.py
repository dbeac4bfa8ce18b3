"""The calendar of reports: which period a report belongs to, and which days it covers.

A report is generated in a period and covers the one before it: the report of "2026-11" tells of
October, that of "2026-W48" of week 47. Days begin and end in UTC, as the calendar of jobs has it.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from kordant_pipelines.domain.clock import require_aware
from kordant_pipelines.domain.errors import RefusedInput
from kordant_pipelines.domain.subscriptions import Tier

_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_WEEK = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)


class ReportKind(StrEnum):
    """How often a report comes."""

    MONTHLY = "monthly"
    WEEKLY = "weekly"


REPORTS = {Tier.PLUS: ReportKind.MONTHLY, Tier.PREMIUM: ReportKind.WEEKLY}
"""The report each tier is owed; a tier that is not here is owed none."""


@dataclass(frozen=True, slots=True)
class Period:
    """A calendar month ("2026-11") or an ISO week ("2026-W48")."""

    kind: ReportKind
    first_day: date

    @classmethod
    def containing(cls, kind: ReportKind, moment: datetime) -> "Period":
        """The period that `moment` falls in.

        Raises:
            ValueError: it has no time zone.
        """
        day = require_aware(moment).astimezone(UTC).date()
        if kind is ReportKind.MONTHLY:
            return cls(kind, day.replace(day=1))
        return cls(kind, day - timedelta(days=day.weekday()))

    @classmethod
    def parse(cls, kind: ReportKind, key: str) -> "Period":
        """The period that `key` names.

        Raises:
            RefusedInput: it names none of this kind.
        """
        if period := cls.of_kind(kind, key):
            return period
        meant = "month such as 2026-11" if kind is ReportKind.MONTHLY else "week such as 2026-W48"
        raise RefusedInput(f"{key!r} is not a period of a {kind} report; give a {meant}.")

    @classmethod
    def of_kind(cls, kind: ReportKind, key: str) -> "Period | None":
        """The period that `key` names, or None if it names none of this kind."""
        match = (_MONTH if kind is ReportKind.MONTHLY else _WEEK).fullmatch(key)
        if match is None:
            return None
        year, number = int(match[1]), int(match[2])
        try:
            if kind is ReportKind.MONTHLY:
                return cls(kind, date(year, number, 1))
            return cls(kind, date.fromisocalendar(year, number, 1))
        except ValueError:  # no such month, week or year
            return None

    @property
    def key(self) -> str:
        """How it is written: "2026-11", "2026-W48"."""
        if self.kind is ReportKind.MONTHLY:
            return f"{self.first_day:%Y-%m}"
        year, week, _ = self.first_day.isocalendar()
        return f"{year:04}-W{week:02}"

    @property
    def previous(self) -> "Period":
        """The one before: the period that a report of this one covers."""
        return Period.containing(self.kind, self.start - timedelta(days=1))

    @property
    def following(self) -> "Period":
        """The one after."""
        return Period.containing(self.kind, self.start + timedelta(days=31 if self._month else 7))

    @property
    def start(self) -> datetime:
        """Its first moment."""
        return datetime.combine(self.first_day, time(), UTC)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return self.following.start

    @property
    def last_day(self) -> date:
        """Its last day."""
        return (self.end - timedelta(days=1)).date()

    @property
    def _month(self) -> bool:
        return self.kind is ReportKind.MONTHLY
