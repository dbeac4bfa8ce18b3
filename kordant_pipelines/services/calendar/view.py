"""The calendar as a person reads it: what is due when, and what happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from kordant_pipelines.domain.calendar.owed import Failure, Reason, State
from kordant_pipelines.domain.calendar.periods import Period, due_at
from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.errors import UnknownSubscription
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import SubscriptionStatus, Tier
from kordant_pipelines.services.calendar.owing import DUE_AT, due_parameters
from kordant_pipelines.services.calendar.periods import present_period
from kordant_pipelines.services.calendar.plans import Plan, load_plans
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import OwedRunRow, SubscriptionRow


@dataclass(frozen=True, slots=True)
class Entry:
    """A run of one subscription; `state` is None for one that its period will owe once it opens."""

    due_at: datetime
    job: Job
    slot: str
    reason: Reason
    attempt: int
    state: State | None
    failure: Failure | None = None
    run_id: str | None = None
    ended_at: datetime | None = None

    def as_record(self) -> dict[str, object]:
        """The entry for a program to read."""
        return {
            "due_at": self.due_at.isoformat(),
            "job": self.job,
            "slot": self.slot,
            "reason": self.reason,
            "attempt": self.attempt,
            "state": self.state or "to_come",
            "failure": self.failure,
            "run_id": self.run_id,
            "ended_at": self.ended_at.isoformat() if self.ended_at else None,
        }


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many runs of a job and tier are, or were, due on a day (UTC), by state."""

    day: date
    job: Job
    tier: Tier
    state: State | None
    runs: int

    def as_record(self) -> dict[str, object]:
        """The count for a program to read."""
        return {
            "day": self.day.isoformat(),
            "job": self.job,
            "tier": self.tier,
            "state": self.state or "to_come",
            "runs": self.runs,
        }


class CalendarView:
    """Reads one domain database's calendar."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def of_subscription(self, subscription_id: str, days: int) -> Sequence[Entry]:
        """What was and will be due within `days` of now, either way, in order of time.

        Raises:
            UnknownSubscription: there is none with this id.
        """
        now = self._clock()
        since, until = now - timedelta(days=days), now + timedelta(days=days)
        with self._database.transaction() as session:
            subscription = session.get(SubscriptionRow, subscription_id)
            if subscription is None:
                raise UnknownSubscription(subscription_id)
            rows = session.scalars(
                select(OwedRunRow).where(
                    OwedRunRow.subscription_id == subscription_id,
                    OwedRunRow.due_at.between(since, until),
                )
            )
            entries = [_entry(row) for row in rows]
            for plan in load_plans(session).values():
                if plan.tier is subscription.tier:
                    entries += [
                        Entry(due, plan.job, period.slot, Reason.SCHEDULED, 0, None)
                        for period in _coming(session, plan, now, until)
                        if (due := due_at(period, plan.window, plan.job, subscription_id)) <= until
                        and subscription.status is SubscriptionStatus.ACTIVE
                    ]
        return sorted(entries, key=lambda entry: (entry.due_at, entry.job, entry.attempt))

    def by_day(self, days: int) -> Sequence[DayCount]:
        """How many runs each day has, from `days` before today to `days` after it."""
        now = self._clock()
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        since, until = midnight - timedelta(days=days), midnight + timedelta(days=days + 1)
        with self._database.transaction() as session:
            counts = [
                DayCount(row.day, Job(row.job), Tier(row.tier), State(row.state), row.runs)
                for row in session.execute(
                    text(
                        "SELECT CAST(due_at AT TIME ZONE 'UTC' AS date) AS day, job, tier, state, "
                        "count(*) AS runs "
                        "FROM owed_runs WHERE due_at >= :since AND due_at < :until "
                        "GROUP BY 1, 2, 3, 4"
                    ),
                    {"since": since, "until": until},
                )
            ]
            for plan in load_plans(session).values():
                for period in _coming(session, plan, now, until):
                    counts += _forecast(session, plan, period, until)
        return sorted(counts, key=lambda count: (count.day, count.job, count.tier))


def _coming(session: Session, plan: Plan, now: datetime, until: datetime) -> list[Period]:
    """The periods of a plan that begin after now and by `until`."""
    periods: list[Period] = []
    if plan.enabled:
        period = present_period(session, plan, now).next()
        while period.start < until:
            periods.append(period)
            period = period.next()
    return periods


def _forecast(session: Session, plan: Plan, period: Period, until: datetime) -> list[DayCount]:
    rows = session.execute(
        text(
            f"SELECT CAST(due_at AT TIME ZONE 'UTC' AS date) AS day, count(*) AS runs "  # noqa: S608 - made of constants
            f"FROM (SELECT {DUE_AT} AS due_at FROM subscriptions s "
            "WHERE s.status = 'active' AND s.tier = :tier) AS due "
            "WHERE due_at < :until GROUP BY 1"
        ),
        {
            **due_parameters(plan.job, period, plan.window),
            "tier": plan.tier.value,
            "until": until,
        },
    )
    return [DayCount(row.day, plan.job, plan.tier, None, row.runs) for row in rows]


def _entry(row: OwedRunRow) -> Entry:
    return Entry(
        row.due_at,
        row.job,
        row.slot,
        row.reason,
        row.attempt,
        row.state,
        row.failure,
        row.run_id,
        row.ended_at,
    )
