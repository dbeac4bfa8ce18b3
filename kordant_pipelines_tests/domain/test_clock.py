"""Moments are aware."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from kordant_pipelines.domain.clock import require_aware, utc_now


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=-5))])
def test_an_aware_moment_passes_as_it_is(zone: timezone) -> None:
    moment = datetime(2026, 11, 24, 12, tzinfo=zone)
    assert require_aware(moment) is moment


def test_a_naive_moment_is_refused_with_its_value() -> None:
    with pytest.raises(ValueError, match=r"2026-11-24T12:00:00 has no time zone; give an aware"):
        require_aware(datetime(2026, 11, 24, 12))  # noqa: DTZ001 - the case in question


def test_the_systems_clock_is_in_utc() -> None:
    assert utc_now().utcoffset() == timedelta(0)
