"""Handing out what has come due: a bounded page a call, the most urgent first."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, aliased

from kordant_pipelines.domain.calendar.owed import (
    PRIORITIES,
    URGENT,
    Owed,
    Standing,
    State,
    verdict,
)
from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.services.calendar.plans import Plan, load_plans
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import OwedRunRow, SubscriptionRow


class Dispatch:
    """The due end of one domain database's calendar.

    `queue_depth` runs are kept handed out and not ended; urgent ones may fill as many again.
    """

    def __init__(self, database: Database, clock: Clock, *, queue_depth: int) -> None:
        self._database = database
        self._clock = clock
        self._queue_depth = queue_depth

    def take_due(self, jobs: Sequence[Job], *, limit: int) -> list[Owed]:
        """Take at most `limit` due runs of these jobs, and mark them dispatched.

        What is taken must be launched under a key made of its id: `Outcomes.give_back`
        owes again what was taken and never launched.
        """
        now = self._clock()
        with self._database.transaction() as session:
            in_flight = session.scalar(
                select(func.count()).where(OwedRunRow.state == State.DISPATCHED)
            )
            room = self._queue_depth - (in_flight or 0)
            taken: list[OwedRunRow] = []
            for priority in PRIORITIES:
                allowed = room + self._queue_depth if priority >= URGENT else room
                wanted = min(limit, allowed) - len(taken)
                if wanted > 0:
                    taken += _due(session, jobs, priority, now, wanted)
            return _judged(session, taken, now)


def _due(
    session: Session, jobs: Sequence[Job], priority: int, now: datetime, limit: int
) -> Sequence[OwedRunRow]:
    return session.scalars(
        select(OwedRunRow)
        .where(
            OwedRunRow.state == State.OWED,
            OwedRunRow.priority == priority,
            OwedRunRow.due_at <= now,
            OwedRunRow.job.in_(jobs),
        )
        .order_by(OwedRunRow.due_at, OwedRunRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def _judged(session: Session, rows: Sequence[OwedRunRow], now: datetime) -> list[Owed]:
    """Dispatch those that are still owed as things stand, and end the others."""
    owed = {row.id: row.to_domain() for row in rows}
    standings = _standings(session, list(owed.values()), load_plans(session), now)
    verdicts = {id_: verdict(one, standings.get(id_)) for id_, one in owed.items()}
    for state in set(verdicts.values()):
        ids = [id_ for id_, what in verdicts.items() if what is state]
        moment = "dispatched_at" if state is State.DISPATCHED else "ended_at"
        session.execute(
            update(OwedRunRow)
            .where(OwedRunRow.id.in_(ids))
            .values({"state": state, moment: now})
            .execution_options(synchronize_session=False)
        )
    return [one for id_, one in owed.items() if verdicts[id_] is State.DISPATCHED]


def _standings(
    session: Session,
    owed: Sequence[Owed],
    plans: Mapping[tuple[Job, Tier], Plan],
    now: datetime,
) -> dict[int, Standing]:
    rows = session.execute(
        select(SubscriptionRow.id, SubscriptionRow.status, SubscriptionRow.tier).where(
            SubscriptionRow.id.in_({one.subscription_id for one in owed})
        )
    ).all()
    subscriptions = {row.id: row for row in rows}
    outdated = _outdated(session, owed, now)
    standings: dict[int, Standing] = {}
    for one in owed:
        row = subscriptions.get(one.subscription_id)
        if row is not None:
            plan = plans.get((one.job, row.tier))
            cadence = plan.cadence if plan is not None and plan.enabled else None
            standings[one.id] = Standing(row.status, cadence, one.id in outdated)
    return standings


def _outdated(session: Session, owed: Sequence[Owed], now: datetime) -> set[int]:
    """Which of these have a sibling of a later period that has come due too."""
    newer = aliased(OwedRunRow)
    return set(
        session.scalars(
            select(OwedRunRow.id)
            .join(
                newer,
                (newer.job == OwedRunRow.job)
                & (newer.subscription_id == OwedRunRow.subscription_id),
            )
            .where(
                OwedRunRow.id.in_([one.id for one in owed if one.cadence is not None]),
                newer.cadence.is_not(None),
                newer.attempt == 0,
                newer.state.in_((State.OWED, State.DISPATCHED)),
                newer.due_at > OwedRunRow.due_at,
                newer.due_at <= now,
            )
        )
    )
