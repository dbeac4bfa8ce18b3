"""Windows of the day, and when each subscription comes due within them."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kordant_pipelines.domain.calendar.cadences import Cadence
from kordant_pipelines.domain.calendar.periods import (
    DAY_SECONDS,
    WHOLE_DAY,
    Period,
    Window,
    due_at,
    period_at,
)
from kordant_pipelines.domain.errors import RefusedInput
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines_tests.domain.calendar.moments import ids, periods, windows

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
jobs = st.sampled_from(Job)


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("01:00-05:30", Window(3600, 19_800)),
        (" 01:00-05:30\n", Window(3600, 19_800)),
        ("00:00-24:00", WHOLE_DAY),
        ("23:59-24:00", Window(DAY_SECONDS - 60, DAY_SECONDS)),
        ("00:00-00:01", Window(0, 60)),
    ],
)
def test_windows_are_read_and_told(text: str, window: Window) -> None:
    assert Window.parse(text) == window
    assert str(window) == text.strip()


@given(st.integers(0, 1439), st.integers(1, 1440))
def test_what_a_window_is_told_as_is_read_as_that_window(start: int, end: int) -> None:
    window = Window(60 * min(start, end - 1), 60 * max(start + 1, end))
    assert Window.parse(str(window)) == window
    assert window.seconds == window.end - window.start


@pytest.mark.parametrize(
    "text",
    [
        "",
        "01:00",
        "1:00-5:30",
        "01:00-01:00",
        "05:30-01:00",
        "22:00-02:00",
        "00:00-24:01",
        "00:00-25:00",
        "24:00-24:00",
        "01:60-05:00",
        "01:00-05:60",
        "-1:00-05:00",
        "01:00–05:30",
        "01:00:00-05:30:00",
        "01:00 - 05:30",
        "01:00-05:30 Europe/Berlin",
        "nightly",
    ],
)
def test_what_is_no_window_is_refused_and_named(text: str) -> None:
    with pytest.raises(RefusedInput, match=re.escape(repr(text))) as refused:
        Window.parse(text)
    assert "HH:MM-HH:MM" in str(refused.value)


@given(periods, windows, jobs, ids)
def test_a_run_comes_due_inside_its_period_and_window(
    period: Period, window: Window, job: Job, subscription_id: str
) -> None:
    due = due_at(period, window, job, subscription_id)
    assert period.start <= due < period.end
    second = (due - period.start).total_seconds() % DAY_SECONDS
    assert window.start <= second < window.end
    assert due == due_at(period, window, job, subscription_id)


def test_a_due_time_that_was_given_once_stays() -> None:
    """The hash is part of the contract: after an update of ours nobody may be run twice."""
    period = period_at(Cadence.MONTHLY, NOW)
    assert (
        due_at(period, WHOLE_DAY, Job.DARKWATCH, "sub_1").isoformat() == "2026-11-06T22:45:08+00:00"
    )
    assert (
        due_at(period, WHOLE_DAY, Job.HOMETITLE, "sub_1").isoformat() == "2026-11-18T06:55:45+00:00"
    )


@pytest.mark.parametrize("cadence", Cadence)
@pytest.mark.parametrize("window", [WHOLE_DAY, Window(3600, 19_800)])
def test_due_times_are_spread_evenly(cadence: Cadence, window: Window) -> None:
    """Over the days of the period and over the window, however long each is."""
    period, people, bins = period_at(cadence, NOW), 30_000, 24
    dues = [due_at(period, window, Job.DARKWATCH, f"sub_{n:020x}") for n in range(people)]
    places = [divmod((due - period.start).total_seconds(), DAY_SECONDS) for due in dues]
    days = Counter(int(day) for day, _ in places)
    parts = Counter(int((second - window.start) * bins / window.seconds) for _, second in places)
    assert set(days) == set(range(period.days))
    assert set(parts) == set(range(bins))
    # Five standard deviations of an even spread; the ids are fixed, so this never flickers.
    for counts in (days, parts):
        mean = people / len(counts)
        assert max(abs(count - mean) for count in counts.values()) < 5 * mean**0.5 + 1


def test_a_window_of_one_second_holds_everyone() -> None:
    period, window = period_at(Cadence.WEEKLY, NOW), Window(DAY_SECONDS - 1, DAY_SECONDS)
    dues = {due_at(period, window, Job.DARKWATCH, f"sub_{n}") for n in range(200)}
    last = period.start + timedelta(days=1, seconds=-1)
    assert dues == {last + timedelta(days=day) for day in range(7)}


def test_the_jobs_of_one_subscription_do_not_come_due_together() -> None:
    period = period_at(Cadence.DAILY, NOW)
    apart = [
        due_at(period, WHOLE_DAY, Job.DARKWATCH, id_)
        != due_at(period, WHOLE_DAY, Job.HOMETITLE, id_)
        for id_ in map("sub_{}".format, range(100))
    ]
    assert sum(apart) >= 99
