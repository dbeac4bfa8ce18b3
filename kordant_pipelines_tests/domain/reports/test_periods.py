"""Which days a report covers."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kordant_pipelines.domain.errors import RefusedInput
from kordant_pipelines.domain.reports.periods import REPORTS, Period, ReportKind
from kordant_pipelines.domain.subscriptions import Tier

MOMENTS = st.datetimes(datetime(2001, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is given apart
KINDS = st.sampled_from(ReportKind)


@given(KINDS, MOMENTS)
def test_every_moment_is_in_one_period_and_a_period_is_written_and_read(
    kind: ReportKind, moment: datetime
) -> None:
    period = Period.containing(kind, moment)
    assert period.start <= moment < period.end
    assert Period.parse(kind, period.key) == period
    assert period.following.previous == period
    assert period.previous.end == period.start
    assert period.last_day == period.following.first_day - timedelta(days=1)


def test_a_report_of_november_tells_of_october() -> None:
    covers = Period.parse(ReportKind.MONTHLY, "2026-11").previous
    assert (covers.first_day, covers.last_day) == (date(2026, 10, 1), date(2026, 10, 31))


@pytest.mark.parametrize(
    ("key", "first", "before"),
    [
        ("2026-W48", date(2026, 11, 23), "2026-W47"),
        ("2027-W01", date(2027, 1, 4), "2026-W53"),
        ("2026-W01", date(2025, 12, 29), "2025-W52"),
    ],
)
def test_weeks_are_isos(key: str, first: date, before: str) -> None:
    period = Period.parse(ReportKind.WEEKLY, key)
    assert period.first_day == first
    assert period.previous.key == before


def test_days_begin_in_utc_wherever_the_clock_hangs() -> None:
    tokyo = datetime(2026, 11, 1, 8, tzinfo=timezone(timedelta(hours=9)))
    assert Period.containing(ReportKind.MONTHLY, tokyo).key == "2026-10"


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (ReportKind.MONTHLY, "2026-13"),
        (ReportKind.MONTHLY, "2026-W48"),
        (ReportKind.MONTHLY, "2026-11\n"),
        (ReportKind.MONTHLY, "../2026-11"),
        (ReportKind.MONTHLY, "٢٠٢٦-11"),
        (ReportKind.WEEKLY, "2025-W53"),
        (ReportKind.WEEKLY, "0000-W01"),
        (ReportKind.WEEKLY, ""),
    ],
)
def test_what_is_no_period_is_refused(kind: ReportKind, key: str) -> None:
    with pytest.raises(RefusedInput, match="is not a period"):
        Period.parse(kind, key)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Period.containing(ReportKind.WEEKLY, datetime(2026, 11, 1))  # noqa: DTZ001 - refused


def test_basic_has_no_report() -> None:
    assert REPORTS == {Tier.PLUS: ReportKind.MONTHLY, Tier.PREMIUM: ReportKind.WEEKLY}
