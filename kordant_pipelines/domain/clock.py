"""Time, injected: nothing in the project asks the system clock but through a `Clock`."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the present moment as an aware datetime."""


def utc_now() -> datetime:
    """The system's clock, in UTC: the one default handed in at the edges."""
    return datetime.now(UTC)


def require_aware(moment: datetime) -> datetime:
    """Return `moment` unchanged; raise ValueError if it has no UTC offset."""
    if moment.utcoffset() is None:
        raise ValueError(f"{moment.isoformat()} has no time zone; give an aware datetime")
    return moment
