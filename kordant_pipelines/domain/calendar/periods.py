"""Periods of a cadence, and when within its period each subscription is due. All of it in UTC."""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from kordant_pipelines.domain.calendar.cadences import Cadence
from kordant_pipelines.domain.clock import require_aware
from kordant_pipelines.domain.errors import RefusedInput
from kordant_pipelines.domain.jobs import Job

DAY_SECONDS = 86_400
HASH_DIGITS = 15
"""Hexadecimal digits of the MD5 that spreads due times: 60 bits fit a signed 64-bit integer."""


@dataclass(frozen=True, slots=True)
class Period:
    """A whole day, ISO week or month: from `start` up to but not including `end`."""

    cadence: Cadence
    start: datetime
    end: datetime

    @property
    def slot(self) -> str:
        """The period's name, such as 2026-11-24, 2026-W48 or 2026-11."""
        match self.cadence:
            case Cadence.DAILY:
                return f"{self.start:%Y-%m-%d}"
            case Cadence.WEEKLY:
                return f"{self.start:%G-W%V}"
            case Cadence.MONTHLY:
                return f"{self.start:%Y-%m}"

    @property
    def days(self) -> int:
        """Its length; in UTC every day has 24 hours."""
        return (self.end - self.start).days

    def next(self) -> "Period":
        """The period that begins as this one ends."""
        return period_at(self.cadence, self.end)


def period_at(cadence: Cadence, moment: datetime) -> Period:
    """The period of `cadence` that `moment` lies in.

    Raises:
        ValueError: `moment` has no time zone.
    """
    midnight = (
        require_aware(moment).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    )
    match cadence:
        case Cadence.DAILY:
            return Period(cadence, midnight, midnight + timedelta(days=1))
        case Cadence.WEEKLY:
            monday = midnight - timedelta(days=midnight.weekday())
            return Period(cadence, monday, monday + timedelta(days=7))
        case Cadence.MONTHLY:
            first = midnight.replace(day=1)
            return Period(cadence, first, (first + timedelta(days=32)).replace(day=1))


@dataclass(frozen=True, slots=True)
class Window:
    """The part of each day, in seconds after midnight UTC, in which runs come due."""

    start: int = 0
    end: int = DAY_SECONDS

    @classmethod
    def parse(cls, text: str) -> "Window":
        """Read "HH:MM-HH:MM", the end up to 24:00.

        Raises:
            RefusedInput: it is not that, or ends before it starts.
        """
        match = re.fullmatch(r"(\d\d):([0-5]\d)-(\d\d):([0-5]\d)", text.strip())
        if match:
            hour, minute, to_hour, to_minute = map(int, match.groups())
            window = cls(hour * 3600 + minute * 60, to_hour * 3600 + to_minute * 60)
            if window.start < window.end <= DAY_SECONDS:
                return window
        raise RefusedInput(
            f"{text!r} is not a window of the day: write HH:MM-HH:MM in UTC, the end after the "
            "start and at most 24:00, such as 01:00-05:30."
        )

    def __str__(self) -> str:
        return "-".join(f"{s // 3600:02}:{s % 3600 // 60:02}" for s in (self.start, self.end))

    @property
    def seconds(self) -> int:
        """How long it is."""
        return self.end - self.start


WHOLE_DAY = Window()


def due_at(period: Period, window: Window, job: Job, subscription_id: str) -> datetime:
    """When in `period` a subscription's run comes due.

    The same for the same subscription whenever asked, and spread evenly over the period's windows,
    so that a provider is never met by everyone at once. `services.calendar.owing` says it in SQL.
    """
    digest = hashlib.md5(f"{subscription_id}:{job.value}".encode(), usedforsecurity=False)
    place = int(digest.hexdigest()[:HASH_DIGITS], 16) % (period.days * window.seconds)
    day, second = divmod(place, window.seconds)
    return period.start + timedelta(days=day, seconds=window.start + second)
