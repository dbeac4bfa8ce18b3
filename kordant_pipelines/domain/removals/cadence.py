"""How often to look whether a profile is gone, or has come back: often at first, then seldom."""

from datetime import datetime, timedelta

FIRST_LOOK = timedelta(hours=72)
"""From a request to the first look for its effect."""
BROKER_SAYS_DONE = timedelta(hours=24)
"""From the broker's word to the look that checks it: pages are cached."""
NOT_FOUND_LOOK = timedelta(days=30)
WAITING_LOOK = timedelta(days=7)

_STEPS = (
    (timedelta(days=15), timedelta(days=2)),
    (timedelta(days=30), timedelta(hours=84)),
)
_MONTHLY = timedelta(days=30)
_LONGEST_BACKOFF = timedelta(hours=48)


def look_after(since: datetime, looked_at: datetime) -> datetime:
    """The next look, `since` being when the request, or the removal, was made.

    Every other day for 15 days, twice a week until the 30th, then monthly.
    """
    age = looked_at - since
    interval = next((every for until, every in _STEPS if age < until), _MONTHLY)
    return looked_at + interval


def backoff(failures: int) -> timedelta:
    """The wait after so many failures in a row: 2, 4, 8 … hours, 48 at most."""
    return min(timedelta(hours=2 ** min(failures, 10)), _LONGEST_BACKOFF)
