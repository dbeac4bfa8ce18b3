"""Statutory clocks: the days the statutes give, counted as they say."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kordant_pipelines.domain.removals.brokers import Method
from kordant_pipelines.domain.removals.clocks import (
    Regime,
    add_business_days,
    add_months,
    end_of_grace,
    is_business_day,
    regime_of,
    response_deadline,
)

TUESDAY = datetime(2026, 11, 24, 12, tzinfo=UTC)


def _noon(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("regime", "method", "told", "last_day"),
    [
        # Thanksgiving, 26 November, is no business day.
        (Regime.CCPA, Method.EMAIL, {}, (2026, 12, 9)),
        (Regime.CCPA, Method.EMAIL, {"acknowledged": True}, (2027, 1, 8)),
        (Regime.CCPA, Method.EMAIL, {"acknowledged": True, "extended": True}, (2027, 2, 22)),
        (Regime.CCPA, Method.WEB_FORM, {}, (2026, 12, 16)),
        (Regime.CCPA, Method.GUIDED, {"acknowledged": True}, (2026, 12, 16)),
        (Regime.GDPR, Method.EMAIL, {}, (2026, 12, 24)),
        (Regime.GDPR, Method.WEB_FORM, {"acknowledged": True}, (2026, 12, 24)),
        (Regime.GDPR, Method.EMAIL, {"extended": True}, (2027, 2, 24)),
        (Regime.VOLUNTARY, Method.EMAIL, {}, (2027, 1, 8)),
        (Regime.DELETE_ACT, Method.GUIDED, {"acknowledged": True}, (2027, 2, 22)),
    ],
)
def test_a_broker_is_late_once_its_last_day_is_over_everywhere(
    regime: Regime, method: Method, told: dict[str, bool], last_day: tuple[int, int, int]
) -> None:
    late = response_deadline(regime, method, TUESDAY, **told)
    assert late == _noon(*last_day) + timedelta(days=1)


def test_a_month_that_ends_on_a_holiday_ends_with_the_next_working_day() -> None:
    # 25 December, the 26th, and a Sunday.
    late = response_deadline(Regime.GDPR, Method.EMAIL, datetime(2026, 11, 25, 9, tzinfo=UTC))
    assert late == _noon(2026, 12, 29)


def test_the_grace_after_a_missed_acknowledgement_ends_with_the_opt_outs_fifteen_days() -> None:
    missed = response_deadline(Regime.CCPA, Method.EMAIL, TUESDAY)
    fifteen = response_deadline(Regime.CCPA, Method.WEB_FORM, TUESDAY)
    assert end_of_grace(Regime.CCPA, missed) == fifteen


def test_months_end_where_they_end() -> None:
    assert add_months(date(2027, 1, 31), 1) == date(2027, 2, 28)
    assert add_months(date(2028, 1, 31), 1) == date(2028, 2, 29)
    assert add_months(date(2026, 11, 30), 3) == date(2027, 2, 28)


@given(st.dates(date(2024, 1, 1), date(2031, 1, 1)), st.integers(1, 30), st.sampled_from(Regime))
def test_business_days_are_counted_one_by_one(day: date, days: int, regime: Regime) -> None:
    last = add_business_days(day, days, regime)
    between = [day + timedelta(days=n) for n in range(1, (last - day).days + 1)]
    assert is_business_day(last, regime)
    assert sum(is_business_day(one, regime) for one in between) == days


@pytest.mark.parametrize(
    ("country", "region", "regime"),
    [
        ("US", "CA", Regime.CCPA),
        ("US", "NY", Regime.VOLUNTARY),
        ("CA", "CA", Regime.VOLUNTARY),
        ("DE", None, Regime.GDPR),
        ("GB", None, Regime.GDPR),
    ],
)
def test_the_law_is_that_of_where_one_lives(
    country: str, region: str | None, regime: Regime
) -> None:
    assert regime_of(country, region) is regime


def test_naive_moments_are_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        response_deadline(Regime.CCPA, Method.EMAIL, datetime(2026, 11, 24))  # noqa: DTZ001
