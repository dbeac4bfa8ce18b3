"""When something owed to a customer may be sent: at once, with a digest, after quiet hours, or not.

All of it is local time in the customer's zone; what comes out is a moment.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kordant_pipelines.domain.channels import Channel
from kordant_pipelines.domain.clock import require_aware
from kordant_pipelines.domain.severity import Severity

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a customer wants of a channel.

    Attributes:
        min_severity: alerts below it are not told on this channel.
        immediate_from: what is below it waits for the day's digest.
        digest_hour: local hour of the digest, 0 to 23.
        quiet_from: local hour at which quiet hours begin; None for no quiet hours.
        quiet_until: local hour at which they end; may be that of the next morning.
    """

    min_severity: Severity
    immediate_from: Severity
    digest_hour: int = 9
    quiet_from: int | None = None
    quiet_until: int | None = None


DEFAULT_WISHES = {
    Channel.EMAIL: Wishes(Severity.LOW, Severity.MEDIUM),
    Channel.SMS: Wishes(Severity.HIGH, Severity.HIGH, quiet_from=22, quiet_until=7),
    Channel.PUSH: Wishes(Severity.MEDIUM, Severity.MEDIUM, quiet_from=22, quiet_until=7),
}
"""A phone that lights up at night is a nuisance, an e-mail is not."""

DAILY_LIMITS = {Channel.EMAIL: 10, Channel.SMS: 4, Channel.PUSH: 10}
"""Messages to one address in any 24 hours. What is critical goes all the same."""


def send_at(
    owed_at: datetime, now: datetime, severity: Severity, wishes: Wishes, zone: ZoneInfo
) -> datetime:
    """The moment from which a thing owed since `owed_at` may be sent: at or before `now`, or later.

    Critical things wait for nothing. Others wait for the digest if they are below the wish, and
    nothing but the critical is sent in quiet hours.
    """
    if severity is Severity.CRITICAL:
        return owed_at
    at = owed_at
    if severity.rank < wishes.immediate_from.rank:
        at = _next_hour(owed_at, wishes.digest_hour, zone)
    return _after_quiet(max(at, now), wishes, zone)


def room_at(sent: list[datetime], now: datetime, limit: int) -> datetime:
    """When an address may be sent to again, `sent` being when it was: `now` if it may at once."""
    recent = sorted(moment for moment in sent if now - moment < DAY)
    return now if len(recent) < limit else recent[-limit] + DAY


def _next_hour(moment: datetime, hour: int, zone: ZoneInfo) -> datetime:
    local = require_aware(moment).astimezone(zone)
    at = _local(local.date(), hour, zone)
    return at if at >= moment else _local(local.date() + DAY, hour, zone)


def _after_quiet(moment: datetime, wishes: Wishes, zone: ZoneInfo) -> datetime:
    begin, end = wishes.quiet_from, wishes.quiet_until
    if begin is None or end is None or begin == end:
        return moment
    hour = moment.astimezone(zone).hour
    quiet = begin <= hour < end if begin < end else hour >= begin or hour < end
    return _next_hour(moment, end, zone) if quiet else moment


def _local(day: date, hour: int, zone: ZoneInfo) -> datetime:
    """That hour of that day; one that a clock change skips is the moment it would have been."""
    return datetime.combine(day, time(hour), zone).astimezone(ZoneInfo("UTC"))
