"""Days, ISO weeks and months, in UTC wherever the host stands."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kordant_pipelines.domain.calendar.cadences import Cadence
from kordant_pipelines.domain.calendar.periods import Period, period_at
from kordant_pipelines_tests.domain.calendar.moments import cadences, moments, periods

INSTANT = timedelta(microseconds=1)

# What a child process prints under another TZ: the periods of each hour of days on which clocks
# change somewhere, and a due time in each.
_HOURS = """
from datetime import UTC, datetime, timedelta
from kordant_pipelines.domain.calendar.cadences import Cadence
from kordant_pipelines.domain.calendar.periods import Window, due_at, period_at
from kordant_pipelines.domain.jobs import Job
for first in (datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC)):
    for hour in range(72):
        for cadence in Cadence:
            period = period_at(cadence, first + timedelta(hours=hour))
            due = due_at(period, Window(3600, 7200), Job.DARKWATCH, "sub_1")
            print(period.slot, period.start.isoformat(), period.end.isoformat(), due.isoformat())
"""


def utc(*when: int) -> datetime:
    year, month, day, *time = when
    hour, minute, second = (*time, 0, 0, 0)[:3]
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cadence", "moment", "slot", "start", "end"),
    [
        (Cadence.DAILY, utc(2026, 11, 24, 12), "2026-11-24", utc(2026, 11, 24), utc(2026, 11, 25)),
        (Cadence.WEEKLY, utc(2026, 11, 24, 12), "2026-W48", utc(2026, 11, 23), utc(2026, 11, 30)),
        (Cadence.MONTHLY, utc(2026, 11, 24, 12), "2026-11", utc(2026, 11, 1), utc(2026, 12, 1)),
        # leap years: 2028 is one, 2100 is none
        (Cadence.DAILY, utc(2028, 2, 29), "2028-02-29", utc(2028, 2, 29), utc(2028, 3, 1)),
        (Cadence.MONTHLY, utc(2028, 2, 1), "2028-02", utc(2028, 2, 1), utc(2028, 3, 1)),
        (Cadence.MONTHLY, utc(2100, 2, 28, 23), "2100-02", utc(2100, 2, 1), utc(2100, 3, 1)),
        # the year's turn: an ISO week belongs to the year that its Thursday lies in
        (Cadence.DAILY, utc(2026, 12, 31, 23), "2026-12-31", utc(2026, 12, 31), utc(2027, 1, 1)),
        (Cadence.MONTHLY, utc(2026, 12, 31), "2026-12", utc(2026, 12, 1), utc(2027, 1, 1)),
        (Cadence.WEEKLY, utc(2027, 1, 3, 23), "2026-W53", utc(2026, 12, 28), utc(2027, 1, 4)),
        (Cadence.WEEKLY, utc(2027, 1, 4), "2027-W01", utc(2027, 1, 4), utc(2027, 1, 11)),
        (Cadence.WEEKLY, utc(2024, 12, 30), "2025-W01", utc(2024, 12, 30), utc(2025, 1, 6)),
        (Cadence.WEEKLY, utc(2023, 1, 1), "2022-W52", utc(2022, 12, 26), utc(2023, 1, 2)),
    ],
)
def test_slots_and_boundaries(
    cadence: Cadence, moment: datetime, slot: str, start: datetime, end: datetime
) -> None:
    period = period_at(cadence, moment)
    assert period == Period(cadence, start, end)
    assert period.slot == slot


@pytest.mark.parametrize(
    ("cadence", "moment", "days"),
    [
        (Cadence.DAILY, utc(2026, 3, 29), 1),  # 23 hours in Berlin
        (Cadence.WEEKLY, utc(2026, 3, 29), 7),
        (Cadence.MONTHLY, utc(2026, 3, 29), 31),
        (Cadence.MONTHLY, utc(2026, 4, 1), 30),
        (Cadence.MONTHLY, utc(2026, 2, 1), 28),
        (Cadence.MONTHLY, utc(2028, 2, 1), 29),
    ],
)
def test_lengths(cadence: Cadence, moment: datetime, days: int) -> None:
    assert period_at(cadence, moment).days == days


@given(cadences, moments)
def test_a_moment_lies_in_its_period_and_in_no_neighbour(
    cadence: Cadence, moment: datetime
) -> None:
    period = period_at(cadence, moment)
    neighbours = [period_at(cadence, period.start - INSTANT), period, period.next()]
    holding = [one for one in neighbours if one.start <= moment < one.end]
    assert holding == [period]
    assert len({one.slot for one in neighbours}) == 3


@given(periods, st.floats(0, 1, exclude_max=True))
def test_every_moment_of_a_period_gives_that_period(period: Period, part: float) -> None:
    inside = period.start + (period.end - period.start) * part
    for moment in (period.start, min(inside, period.end - INSTANT), period.end - INSTANT):
        assert period_at(period.cadence, moment) == period


@given(periods)
def test_periods_tile_time(period: Period) -> None:
    """With no gap or overlap, and named in the order of time."""
    following = [period]
    for _ in range(60):
        following.append(following[-1].next())
    for one, other in pairwise(following):
        assert one.end == other.start
        assert one.start < one.end
        assert one.slot < other.slot
        assert (one.end - one.start) % timedelta(days=1) == timedelta()


def test_the_zone_a_moment_is_told_in_does_not_matter() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    late = datetime(2026, 6, 1, 1, 30, tzinfo=berlin)  # 23:30 UTC of the day, week, month before
    assert [period_at(cadence, late).slot for cadence in Cadence] == [
        "2026-05-31",
        "2026-W22",
        "2026-05",
    ]
    # The hour that Berlin has twice on 25 October is two hours, and both lie in that UTC day.
    twice = [datetime(2026, 10, 25, 2, 30, tzinfo=berlin, fold=fold) for fold in (0, 1)]
    assert {period_at(Cadence.DAILY, moment).slot for moment in twice} == {"2026-10-25"}


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe"])
def test_the_zone_of_the_host_does_not_matter(zone: str) -> None:
    here, there = _printed("UTC"), _printed(zone)
    assert len(here.splitlines()) == 2 * 72 * 3
    assert here == there


def _printed(zone: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", _HOURS],
        env={**os.environ, "TZ": zone},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


@pytest.mark.parametrize("cadence", Cadence)
def test_moments_without_a_zone_are_refused(cadence: Cadence) -> None:
    naive = datetime(2026, 11, 24)  # noqa: DTZ001 - the case in question
    with pytest.raises(ValueError, match="has no time zone"):
        period_at(cadence, naive)
