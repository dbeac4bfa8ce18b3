"""The change log, in commit order: a follower who remembers one id misses nothing."""

import json
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from kordant_pipelines.domain.subscriptions import Change, SubscriptionStatus
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import ChangeRow, SubscriptionRow


def log_change(session: Session, subscription_id: str, change: Change, now: datetime) -> None:
    """Write that a subscription changed. Call it last in a transaction: it waits for its turn.

    Ids are handed out before commit, so without the lock a lower id could become visible after a
    higher one was read, and its change would be missed.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('kordant change log'))"))
    session.add(ChangeRow(subscription_id=subscription_id, change=change, changed_at=now))


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a follower has read, and which subscriptions it must look at again."""

    after: int = 0
    waiting: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, stored: str | None) -> "Cursor":
        """The cursor that `str` wrote; None starts at the beginning."""
        if not stored:
            return cls()
        after, waiting = json.loads(stored)
        return cls(int(after), frozenset(waiting))

    def __str__(self) -> str:
        return json.dumps([self.after, sorted(self.waiting)])

    def waiting_for(self, subscription_ids: AbstractSet[str]) -> "Cursor":
        """The same place, with other subscriptions to look at again."""
        return replace(self, waiting=frozenset(subscription_ids))


@dataclass(frozen=True, slots=True)
class Page:
    """Subscriptions that changed, by what they are now, and where to go on from."""

    active: frozenset[str]
    inactive: frozenset[str]
    cursor: Cursor


class Changes:
    """The change log of one domain database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def after(self, cursor: Cursor, *, limit: int) -> Page:
        """The next `limit` changes after `cursor`, and what it waits for, with their state now."""
        with self._database.transaction() as session:
            newest = session.scalar(select(func.max(ChangeRow.id))) or 0
            # Beyond the newest: this is another database than the cursor's, restored or new.
            start = cursor.after if cursor.after <= newest else 0
            rows = session.execute(
                select(ChangeRow.id, ChangeRow.subscription_id)
                .where(ChangeRow.id > start)
                .order_by(ChangeRow.id)
                .limit(limit)
            ).all()
            changed = {row.subscription_id for row in rows} | cursor.waiting
            active = _active_among(session, changed)
        after = rows[-1].id if rows else start
        return Page(active, frozenset(changed - active), replace(cursor, after=after))


def _active_among(session: Session, ids: AbstractSet[str]) -> frozenset[str]:
    return frozenset(
        session.scalars(
            select(SubscriptionRow.id).where(
                SubscriptionRow.id.in_(ids), SubscriptionRow.status == SubscriptionStatus.ACTIVE
            )
        )
    )
