"""Runs owed by events rather than by periods: work that waits, a breach that became known."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from kordant_pipelines.domain.breaches import Source
from kordant_pipelines.domain.calendar.cadences import REAL_TIME_TIER
from kordant_pipelines.domain.calendar.owed import Reason, State, priority_of
from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.identifiers import IdentifierKind
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import SubscriptionStatus, Tier
from kordant_pipelines.services.calendar.owing import owe_event
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import ItemCheckRow, OwedRunRow, SubscriptionRow, WatchItemRow


class PendingWork(Protocol):
    """A handler that works off what waits."""

    def due(self, now: datetime, *, after: str, limit: int) -> Sequence[str]:
        """Active subscriptions with work due at `now`: ids greater than `after`, ascending.

        Work that could not be done must not be due again at once.
        """
        ...


class Events:
    """The events of one domain database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def owe_pending(
        self, job: Job, work: PendingWork, *, after: str, limit: int
    ) -> tuple[int, str]:
        """Owe a run to a page of the subscriptions with pending work; return how many, and `after`.

        Who is owed one already, or has one under way, is left alone: it will see the work too, or
        the next call will. The returned `after` is "" once the last page was seen.
        """
        now = self._clock()
        ids = work.due(now, after=after, limit=limit)
        slot = f"pending/{now.isoformat(timespec='microseconds')}"
        with self._database.transaction() as session:
            owed = sum(
                owe_event(
                    session,
                    job,
                    tier,
                    slot,
                    Reason.PENDING_WORK,
                    now,
                    among=ids,
                    unless_open=True,
                )
                for tier in Tier
            )
        return owed, ids[-1] if len(ids) == limit else ""

    def owe_breach(self, catalogue_version: int) -> int:
        """Owe a scan now to everyone with real-time monitoring who is behind the breach catalogue.

        That is who has an e-mail address last looked up under an older version. Who is owed a scan
        already that is due has that one go ahead of the queue, and who has one under way is left
        alone. Returns how many scans now go ahead; repeating it changes nothing.
        """
        now = self._clock()
        with self._database.transaction() as session:
            behind = _behind(session, catalogue_version)
            owed = owe_event(
                session,
                Job.DARKWATCH,
                REAL_TIME_TIER,
                f"breach/{catalogue_version}",
                Reason.REAL_TIME,
                now,
                among=behind,
                unless_open=True,
            )
            return owed + _hurry(session, behind, now)


def _hurry(session: Session, ids: Collection[str], now: datetime) -> int:
    """Put the scans that are due for these subscriptions ahead of the queue; return how many."""
    urgent = priority_of(Job.DARKWATCH, Reason.REAL_TIME, REAL_TIME_TIER)
    hurried = session.scalars(
        update(OwedRunRow)
        .where(
            OwedRunRow.job == Job.DARKWATCH,
            OwedRunRow.subscription_id.in_(ids),
            OwedRunRow.state == State.OWED,
            OwedRunRow.due_at <= now,
            OwedRunRow.priority < urgent,
        )
        .values(priority=urgent)
        .returning(OwedRunRow.id)
    )
    return len(hurried.all())


def _behind(session: Session, catalogue_version: int) -> Sequence[str]:
    up_to_date = exists().where(
        ItemCheckRow.item_id == WatchItemRow.id,
        ItemCheckRow.source == Source.HIBP,
        ItemCheckRow.catalogue_version >= catalogue_version,
    )
    return session.scalars(
        select(WatchItemRow.subscription_id)
        .join(SubscriptionRow, SubscriptionRow.id == WatchItemRow.subscription_id)
        .where(
            SubscriptionRow.tier == REAL_TIME_TIER,
            SubscriptionRow.status == SubscriptionStatus.ACTIVE,
            WatchItemRow.kind == IdentifierKind.EMAIL,
            WatchItemRow.removed_at.is_(None),
            ~up_to_date,
        )
        .distinct()
    ).all()
