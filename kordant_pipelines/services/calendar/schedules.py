"""How jobs of tiers are to run, as operators see and change it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kordant_pipelines.domain.calendar.cadences import CADENCES, Cadence
from kordant_pipelines.domain.calendar.owed import State
from kordant_pipelines.domain.calendar.periods import Period, Window
from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.errors import RefusedInput
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.services.calendar.owing import owe_period
from kordant_pipelines.services.calendar.periods import present_period
from kordant_pipelines.services.calendar.plans import Plan, load_plans, planning
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import OwedRunRow, ScheduleConfigRow


@dataclass(frozen=True, slots=True)
class ScheduleStatus:
    """A plan, its present period, and what became of that period's first attempts."""

    plan: Plan
    period: Period
    states: Mapping[State, int]


class Schedules:
    """The schedules of one domain database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def statuses(self) -> Sequence[ScheduleStatus]:
        """Every job and tier that has a cadence."""
        now = self._clock()
        with self._database.transaction() as session:
            return [
                _status(session, plan, present_period(session, plan, now))
                for plan in load_plans(session).values()
            ]

    def set(
        self,
        job: Job,
        tier: Tier,
        *,
        cadence: Cadence | None = None,
        window: Window | None = None,
    ) -> Plan:
        """Let a job of a tier run at another cadence or in another part of the day.

        What is not given stays as it is. The present period is planned anew: who had a run since
        it began keeps that, everyone else comes due at the time that the new plan gives them.

        Raises:
            RefusedInput: the tier does not have the job, or nothing was given to set.
        """
        if cadence is None and window is None:
            raise RefusedInput("Nothing to set: give a cadence, a window, or both.")
        with self._database.transaction() as session:
            old = _plan(planning(session), job, tier)
            new = replace(old, cadence=cadence or old.cadence, window=window or old.window)
            return self._store(session, new)

    def pause(self, job: Job, tier: Tier) -> Plan:
        """Let a job of a tier rest: what its periods owe and nobody began is dropped.

        Raises:
            RefusedInput: the tier does not have the job.
        """
        return self._switch(job, tier, enabled=False)

    def resume(self, job: Job, tier: Tier) -> Plan:
        """Let a job of a tier go on: who had no run in the present period is owed it.

        Raises:
            RefusedInput: the tier does not have the job.
        """
        return self._switch(job, tier, enabled=True)

    def _switch(self, job: Job, tier: Tier, *, enabled: bool) -> Plan:
        with self._database.transaction() as session:
            plan = replace(_plan(planning(session), job, tier), enabled=enabled)
            return self._store(session, plan)

    def _store(self, session: Session, plan: Plan) -> Plan:
        now = self._clock()
        values = {
            "enabled": plan.enabled,
            "cadence": plan.cadence,
            "window_start": plan.window.start,
            "window_end": plan.window.end,
            "changed_at": now,
        }
        session.execute(
            insert(ScheduleConfigRow)
            .values(job=plan.job, tier=plan.tier, **values)
            .on_conflict_do_update(
                index_elements=[ScheduleConfigRow.job, ScheduleConfigRow.tier], set_=values
            )
        )
        # Put aside whole, and owed anew from there: with new due times, or not at all.
        session.execute(
            text(
                "UPDATE owed_runs r SET state = 'dropped', ended_at = :now FROM subscriptions s "
                "WHERE s.id = r.subscription_id AND s.tier = :tier AND r.job = :job "
                "AND r.state = 'owed' AND r.attempt = 0 AND r.cadence IS NOT NULL"
            ),
            {"job": plan.job.value, "tier": plan.tier.value, "now": now},
        )
        if plan.enabled:
            owe_period(session, plan, present_period(session, plan, now), now)
        return plan


def _plan(plans: Mapping[tuple[Job, Tier], Plan], job: Job, tier: Tier) -> Plan:
    plan = plans.get((job, tier))
    if plan is None:
        raise RefusedInput(_not_sold(job, tier))
    return plan


def _not_sold(job: Job, tier: Tier) -> str:
    tiers = CADENCES.get(job)
    if tiers is None:
        scheduled = ", ".join(job.value for job in CADENCES)
        return f"{job.value} has no schedule: it runs when work waits for it. Of use: {scheduled}."
    return f"{tier.value} does not have {job.value}. Of use: {', '.join(t.value for t in tiers)}."


def _status(session: Session, plan: Plan, period: Period) -> ScheduleStatus:
    counts = session.execute(
        select(OwedRunRow.state, func.count())
        .where(
            OwedRunRow.job == plan.job,
            OwedRunRow.tier == plan.tier,
            OwedRunRow.slot == period.slot,
            OwedRunRow.attempt == 0,
            OwedRunRow.due_at >= period.start,
        )
        .group_by(OwedRunRow.state)
    )
    return ScheduleStatus(plan, period, dict(counts.all()))
