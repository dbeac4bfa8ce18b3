"""Opening periods, and bringing subscriptions whose plan changed into the present ones."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kordant_pipelines.domain.calendar.cadences import CADENCES
from kordant_pipelines.domain.calendar.periods import Period, period_at
from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import SubscriptionStatus, Tier
from kordant_pipelines.services.calendar.owing import drop_owed, owe_period, supersede_periods
from kordant_pipelines.services.calendar.plans import Plan, planning
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import OpenedPeriodRow, SubscriptionRow

_CLOCK_SKEW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Opening:
    """A period of a plan; `owed` runs were owed by this call, None if it was open already."""

    plan: Plan
    period: Period
    owed: int | None


class Periods:
    """The periods of one domain database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def open(self, job: Job, tier: Tier) -> Opening:
        """Open the present period of a job and tier, once, whoever asks how often."""
        now = self._clock()
        with self._database.transaction() as session:
            plan = planning(session)[job, tier]
            period = present_period(session, plan, now)
            if not plan.enabled or not _mark_open(session, plan, period, now):
                return Opening(plan, period, None)
            owed = owe_period(session, plan, period, now)
            session.execute(
                update(OpenedPeriodRow)
                .where(
                    OpenedPeriodRow.job == job,
                    OpenedPeriodRow.tier == tier,
                    OpenedPeriodRow.slot == period.slot,
                )
                .values(owed=owed)
            )
            return Opening(plan, period, owed)

    def follow(self, subscription_ids: Collection[str]) -> None:
        """Bring the calendar in line with what these subscriptions are now.

        New ones are owed their baseline at once, those of another tier what that tier has;
        nothing is owed any more to those that are paused, cancelled or gone.
        """
        now = self._clock()
        with self._database.transaction() as session:
            plans = planning(session)
            rows = session.execute(
                select(SubscriptionRow.id, SubscriptionRow.tier).where(
                    SubscriptionRow.id.in_(subscription_ids),
                    SubscriptionRow.status == SubscriptionStatus.ACTIVE,
                )
            ).all()
            active = {row.id: row.tier for row in rows}
            drop_owed(session, sorted(set(subscription_ids) - set(active)), now)
            for tier in Tier:
                ids = sorted(id_ for id_, of in active.items() if of is tier)
                if ids:
                    _bring_in(session, plans, tier, ids, now)


def present_period(session: Session, plan: Plan, now: datetime) -> Period:
    """The period of the plan at `now`, never one before the newest that was opened.

    A clock set back a little at a boundary must not supersede what the new period owes.
    """
    newest = session.scalar(
        select(OpenedPeriodRow.starts_at)
        .where(
            OpenedPeriodRow.job == plan.job,
            OpenedPeriodRow.tier == plan.tier,
            OpenedPeriodRow.cadence == plan.cadence,
        )
        .order_by(OpenedPeriodRow.starts_at.desc())
        .limit(1)
    )
    ahead = newest is not None and timedelta() < newest - now <= _CLOCK_SKEW
    return period_at(plan.cadence, newest if newest is not None and ahead else now)


def _mark_open(session: Session, plan: Plan, period: Period, now: datetime) -> bool:
    statement = insert(OpenedPeriodRow).values(
        job=plan.job,
        tier=plan.tier,
        slot=period.slot,
        cadence=plan.cadence,
        starts_at=period.start,
        opened_at=now,
        owed=0,
    )
    return (
        session.execute(
            statement.on_conflict_do_nothing().returning(OpenedPeriodRow.slot)
        ).scalar_one_or_none()
        is not None
    )


def _bring_in(
    session: Session,
    plans: Mapping[tuple[Job, Tier], Plan],
    tier: Tier,
    ids: Sequence[str],
    now: datetime,
) -> None:
    for job in CADENCES:
        plan = plans.get((job, tier))
        if plan is None or not plan.enabled:
            supersede_periods(session, job, ids, now)
        else:
            owe_period(session, plan, present_period(session, plan, now), now, joining=ids)
