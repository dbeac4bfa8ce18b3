"""How urgent an exposure is."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kordant_pipelines.domain.breaches import Breach
from kordant_pipelines.domain.severity import (
    CRITICAL,
    HIGH,
    LASTING,
    MEDIUM,
    OLD,
    RECENT,
    Severity,
    class_severity,
    exposure_severity,
)
from kordant_pipelines_tests.domain.examples import TODAY, a_breach
from kordant_pipelines_tests.domain.strategies import breaches

any_classes = st.frozensets(
    st.sampled_from((*sorted(CRITICAL | HIGH | MEDIUM), "Email addresses", "Shoe sizes"))
)
DAY = timedelta(days=1)
LAST_YEAR, AGES_AGO = TODAY - timedelta(days=400), TODAY - 2 * OLD


def severity(breach: Breach, *classes: str) -> Severity:
    return exposure_severity(breach, frozenset(classes), TODAY)


@pytest.mark.parametrize(
    ("data_class", "expected"),
    [
        ("Social security numbers", Severity.CRITICAL),
        ("Passport numbers", Severity.CRITICAL),
        ("Credit cards", Severity.CRITICAL),
        ("Auth tokens", Severity.CRITICAL),
        ("Passwords", Severity.HIGH),
        ("Personal health data", Severity.HIGH),
        ("Phone numbers", Severity.MEDIUM),
        ("Physical addresses", Severity.MEDIUM),
        ("Email addresses", Severity.LOW),
        ("A kind of data invented tomorrow", Severity.LOW),
    ],
)
def test_one_kind_of_data(data_class: str, expected: Severity) -> None:
    assert class_severity(data_class) is expected


def test_each_kind_of_data_has_one_level() -> None:
    assert not CRITICAL & HIGH
    assert not CRITICAL & MEDIUM
    assert not HIGH & MEDIUM
    assert LASTING <= CRITICAL | HIGH


@pytest.mark.parametrize(
    ("classes", "flags", "expected"),
    [
        ((), {}, Severity.LOW),
        (("Email addresses", "Names"), {}, Severity.LOW),
        (("Email addresses", "Phone numbers"), {}, Severity.MEDIUM),
        (("Email addresses", "Passwords", "Phone numbers"), {}, Severity.HIGH),
        (("Passwords", "Credit cards"), {}, Severity.CRITICAL),
        (("Email addresses",), {"is_stealer_log": True}, Severity.CRITICAL),
        (("Email addresses",), {"is_stealer_log": True, "is_verified": False}, Severity.CRITICAL),
        (("Email addresses",), {"is_sensitive": True}, Severity.HIGH),
        (("Credit cards",), {"is_sensitive": True}, Severity.CRITICAL),
        (("Passwords",), {"is_verified": False}, Severity.MEDIUM),
        (("Email addresses",), {"is_verified": False}, Severity.LOW),
        (("Passwords",), {"breach_date": None}, Severity.HIGH),
        # age
        (("Passwords",), {"breach_date": AGES_AGO}, Severity.MEDIUM),
        (("Credit cards",), {"breach_date": AGES_AGO}, Severity.HIGH),
        (("Email addresses",), {"breach_date": AGES_AGO}, Severity.LOW),
        (("Passport numbers",), {"breach_date": AGES_AGO}, Severity.CRITICAL),
        (("Passwords", "Passport numbers"), {"breach_date": AGES_AGO}, Severity.CRITICAL),
        (("Personal health data",), {"breach_date": AGES_AGO}, Severity.HIGH),
        (("Passwords",), {"breach_date": AGES_AGO, "is_sensitive": True}, Severity.HIGH),
        (("Passwords",), {"breach_date": AGES_AGO, "is_verified": False}, Severity.LOW),
        (("Passwords",), {"breach_date": TODAY}, Severity.CRITICAL),
        (("Historical passwords",), {"breach_date": TODAY}, Severity.CRITICAL),
        (("Password hints",), {"breach_date": TODAY}, Severity.MEDIUM),
        (("Passwords",), {"breach_date": TODAY, "is_verified": False}, Severity.HIGH),
        (("Passwords",), {"breach_date": TODAY + DAY}, Severity.CRITICAL),  # somewhere it is so
    ],
)
def test_levels(classes: tuple[str, ...], flags: dict[str, Any], expected: Severity) -> None:
    given_flags: dict[str, Any] = {"breach_date": LAST_YEAR} | flags
    breach = a_breach(**given_flags)
    assert severity(breach, *classes) is expected


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (RECENT, Severity.CRITICAL),
        (RECENT + DAY, Severity.HIGH),
        (OLD, Severity.HIGH),
        (OLD + DAY, Severity.MEDIUM),
    ],
)
def test_a_password_counts_as_recent_and_old_to_the_day(age: timedelta, expected: Severity) -> None:
    assert severity(a_breach(breach_date=TODAY - age), "Passwords") is expected


@given(breaches, any_classes, any_classes)
def test_more_data_is_never_less_urgent(
    breach: Breach, exposed: frozenset[str], more: frozenset[str]
) -> None:
    before = exposure_severity(breach, exposed, TODAY)
    assert exposure_severity(breach, exposed | more, TODAY).rank >= before.rank


@given(breaches, any_classes, st.dates(date(2012, 1, 1), TODAY), st.dates(date(2012, 1, 1), TODAY))
def test_an_older_breach_is_never_more_urgent(
    breach: Breach, exposed: frozenset[str], one: date, other: date
) -> None:
    older, newer = (
        exposure_severity(replace(breach, breach_date=day), exposed, TODAY)
        for day in sorted((one, other))
    )
    assert older.rank <= newer.rank


@given(breaches, any_classes)
def test_no_exposure_is_mere_information(breach: Breach, exposed: frozenset[str]) -> None:
    assert exposure_severity(breach, exposed, TODAY) is not Severity.INFO


@given(breaches, any_classes)
def test_doubt_never_makes_it_more_urgent(breach: Breach, exposed: frozenset[str]) -> None:
    sure, unsure = (
        exposure_severity(replace(breach, is_verified=known), exposed, TODAY)
        for known in (True, False)
    )
    assert unsure.rank <= sure.rank


def test_severities_are_ordered_and_steps_stay_on_the_scale() -> None:
    assert [s.rank for s in Severity] == [0, 1, 2, 3, 4]
    assert Severity.INFO.step(-1) is Severity.INFO
    assert Severity.LOW.step(2) is Severity.HIGH
    assert Severity.CRITICAL.step(1) is Severity.CRITICAL
