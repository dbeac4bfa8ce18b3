"""When things may be sent, in the customer's zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kordant_pipelines.domain.sending_times import Wishes, room_at, send_at
from kordant_pipelines.domain.severity import Severity

BERLIN = ZoneInfo("Europe/Berlin")
QUIET = Wishes(Severity.LOW, Severity.HIGH, digest_hour=9, quiet_from=22, quiet_until=7)
LOUD = Wishes(Severity.LOW, Severity.HIGH, digest_hour=9)


def berlin(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("owed", "severity", "wishes", "at"),
    [
        # Urgent: at once by day, after quiet hours by night; critical whenever it is.
        (berlin(24, 15), Severity.HIGH, QUIET, berlin(24, 15)),
        (berlin(24, 22), Severity.HIGH, QUIET, berlin(25, 7)),
        (berlin(25, 3), Severity.HIGH, QUIET, berlin(25, 7)),
        (berlin(25, 7), Severity.HIGH, QUIET, berlin(25, 7)),
        (berlin(24, 23), Severity.CRITICAL, QUIET, berlin(24, 23)),
        # Not urgent: the next digest, of today if it is still to come.
        (berlin(24, 8), Severity.MEDIUM, LOUD, berlin(24, 9)),
        (berlin(24, 9), Severity.MEDIUM, LOUD, berlin(24, 9)),
        (berlin(24, 9, 1), Severity.MEDIUM, LOUD, berlin(25, 9)),
        # A digest in quiet hours waits for their end.
        (
            berlin(24, 12),
            Severity.LOW,
            Wishes(Severity.LOW, Severity.HIGH, digest_hour=23, quiet_from=22, quiet_until=7),
            berlin(25, 7),
        ),
        # Quiet hours within one day.
        (
            berlin(24, 13),
            Severity.HIGH,
            Wishes(Severity.LOW, Severity.HIGH, quiet_from=12, quiet_until=14),
            berlin(24, 14),
        ),
    ],
)
def test_when(owed: datetime, severity: Severity, wishes: Wishes, at: datetime) -> None:
    assert send_at(owed, owed, severity, wishes, BERLIN) == at


def test_the_digest_is_the_first_after_it_was_owed_however_late_it_is_looked_at() -> None:
    owed, now = berlin(24, 8), berlin(24, 11)
    assert send_at(owed, now, Severity.LOW, LOUD, BERLIN) == now


@pytest.mark.parametrize(
    ("night", "ends"),
    [
        (datetime(2026, 3, 29, 1, 30, tzinfo=BERLIN), datetime(2026, 3, 29, 7, tzinfo=BERLIN)),
        (datetime(2026, 10, 25, 1, 30, tzinfo=BERLIN), datetime(2026, 10, 25, 7, tzinfo=BERLIN)),
    ],
)
def test_quiet_hours_end_by_the_clock_on_the_wall(night: datetime, ends: datetime) -> None:
    """Also in the nights in which it is put forward or back."""
    at = send_at(night, night, Severity.HIGH, QUIET, BERLIN)
    assert at == ends.astimezone(UTC)
    assert at.astimezone(BERLIN).hour == 7


MOMENTS = st.integers(1_577_836_800, 1_893_456_000).map(lambda s: datetime.fromtimestamp(s, UTC))
HOURS = st.integers(0, 23)


@given(
    MOMENTS,
    st.timedeltas(timedelta(0), timedelta(days=3)),
    st.sampled_from(Severity),
    st.builds(Wishes, st.sampled_from(Severity), st.sampled_from(Severity), HOURS, HOURS, HOURS),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Pacific/Chatham", "Asia/Kathmandu"]),
)
def test_nothing_waits_for_ever_nor_is_sent_in_quiet_hours(
    owed: datetime, late: timedelta, severity: Severity, wishes: Wishes, zone_name: str
) -> None:
    zone, now = ZoneInfo(zone_name), owed + late
    at = send_at(owed, now, severity, wishes, zone)
    if severity is Severity.CRITICAL:
        assert at == owed
        return
    assert at - now < timedelta(days=2, hours=2)
    # Looked at again at that moment, it goes.
    assert send_at(owed, at, severity, wishes, zone) <= at
    begin, end, hour = wishes.quiet_from, wishes.quiet_until, at.astimezone(zone).hour
    assert begin is not None
    assert end is not None
    if begin < end:
        assert not begin <= hour < end
    elif begin > end:
        assert end <= hour < begin


def test_a_moment_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 11, 24, 12)  # noqa: DTZ001 - what is refused
    with pytest.raises(ValueError, match="time zone"):
        send_at(naive, naive, Severity.LOW, LOUD, BERLIN)


def test_room_for_another_message_comes_a_day_after_the_oldest_that_counts() -> None:
    now = berlin(24, 12)
    sent = [now - timedelta(hours=h) for h in (1, 5, 30)]
    assert room_at(sent, now, 3) == now
    assert room_at(sent, now, 2) == now - timedelta(hours=5) + timedelta(days=1)
    assert room_at(sent, now, 1) == now - timedelta(hours=1) + timedelta(days=1)
