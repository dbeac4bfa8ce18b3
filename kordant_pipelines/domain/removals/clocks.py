"""Statutory clocks: until when a broker has to acknowledge and to answer a request.

CCPA regulations (11 CCR § 7021): receipt confirmed within 10 business days, answered within 45
calendar days, 90 at most if the broker gives notice; § 7026(f): an opt-out of sale is complied with
within 15 business days. GDPR art. 12(3): one month, two more with notice; Regulation 1182/71: a
period that ends on a holiday or weekend ends with the next working day. Delete Act (Cal. Civ. Code
§ 1798.99.86): since August 2026 brokers fetch the platform's requests every 45 days, and have 45
more to delete. VOLUNTARY is no statute: where none applies we ask again after the CCPA's 45 days.

A day is over when it is over everywhere on Earth (noon UTC of the next), so that nobody is called
late who is not.
"""

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache

import holidays

from kordant_pipelines.domain.clock import require_aware
from kordant_pipelines.domain.removals.brokers import Method

ACKNOWLEDGE_DAYS = 10  # business days
OPT_OUT_DAYS = 15  # business days
RESPOND_DAYS = 45  # calendar days
RESPOND_DAYS_EXTENDED = 90
DELETE_ACT_DAYS = 90  # 45 until the last broker has it, 45 to delete
GRACE_DAYS = 5
"""Business days from OVERDUE to ESCALATED: ours, not a statute's. After a missed acknowledgement
they end with the 15 business days an opt-out may take."""


class Regime(StrEnum):
    """The law a request is made under."""

    CCPA = "ccpa"
    GDPR = "gdpr"
    DELETE_ACT = "delete_act"  # filed with the state, for all brokers it has registered
    VOLUNTARY = "voluntary"


def regime_of(country: str, region: str | None) -> Regime:
    """The law that protects someone who lives there. `country` is ISO 3166-1 alpha-2.

    The UK and Switzerland count with the GDPR's countries: their acts have its one month.
    """
    if country in _GDPR_COUNTRIES:
        return Regime.GDPR
    return Regime.CCPA if (country, region) == ("US", "CA") else Regime.VOLUNTARY


def response_deadline(
    regime: Regime,
    method: Method,
    submitted_at: datetime,
    *,
    acknowledged: bool = False,
    extended: bool = False,
) -> datetime:
    """When a broker is late: the moment from which it should have acknowledged or answered.

    Only a letter has an acknowledgement to wait for: a form's answer page is one, and what a
    customer files by hand is acknowledged to the customer. What forms do is an opt-out.
    """
    day = require_aware(submitted_at).astimezone(UTC).date()
    if regime is Regime.GDPR:
        due = add_months(day, 3 if extended else 1)
        return _over(_next_business_day(due, regime))
    if regime is Regime.DELETE_ACT:
        return _over(day + timedelta(days=DELETE_ACT_DAYS))
    if extended:
        return _over(day + timedelta(days=RESPOND_DAYS_EXTENDED))
    if regime is Regime.CCPA and method is not Method.EMAIL:
        return _over(add_business_days(day, OPT_OUT_DAYS, regime))
    if regime is Regime.CCPA and not acknowledged:
        return _over(add_business_days(day, ACKNOWLEDGE_DAYS, regime))
    return _over(day + timedelta(days=RESPOND_DAYS))


def end_of_grace(regime: Regime, overdue_at: datetime) -> datetime:
    """When a request whose deadline this was is escalated."""
    # A deadline is noon of the day after the last day it allows: that last day is counted from.
    moment = require_aware(overdue_at).astimezone(UTC) - timedelta(hours=12, microseconds=1)
    last_day = moment.date()
    return _over(add_business_days(last_day, GRACE_DAYS, regime))


def add_business_days(day: date, days: int, regime: Regime) -> date:
    """The `days`-th business day after `day`, which itself does not count."""
    business = (d for d in _days_after(day) if is_business_day(d, regime))
    for _ in range(days - 1):
        next(business)
    return next(business)


def is_business_day(day: date, regime: Regime) -> bool:
    """Neither weekend nor holiday: the US federal ones, under the GDPR the ECB's."""
    return day.weekday() < 5 and day not in _holidays(regime)


def add_months(day: date, months: int) -> date:
    """The same day so many months on, or the month's last if it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


@cache
def _holidays(regime: Regime) -> holidays.HolidayBase:
    if regime is Regime.GDPR:
        return holidays.financial_holidays("XECB")
    return holidays.country_holidays("US")


def _next_business_day(day: date, regime: Regime) -> date:
    return day if is_business_day(day, regime) else add_business_days(day, 1, regime)


def _days_after(day: date) -> Iterator[date]:
    while True:
        day += timedelta(days=1)
        yield day


def _over(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(12), UTC)


_GDPR_COUNTRIES = frozenset(
    {
        *("AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI"),
        *("FR", "GB", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU"),
        *("LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"),
    }
)
