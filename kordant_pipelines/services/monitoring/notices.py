"""What operators are told: written down with the turn that it tells of, then sent."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
from sqlalchemy import select

from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import OperatorNoticeRow

STALE = timedelta(days=1)
"""What could not be sent for as long is news no more."""
_AT_ONCE = 20
_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell; `key` is its identity, whatever becomes of an attempt to tell it."""

    key: str
    condition: str
    raised: bool
    message: str
    at: datetime


Tell = Callable[[Notice], bool]
"""Tells operators; True if it arrived. It may be asked again about one that did."""


class OperatorNotices:
    """The notices of one domain database. `tell` is None if nobody said how."""

    def __init__(self, database: Database, clock: Clock, tell: Tell | None) -> None:
        self._database = database
        self._clock = clock
        self._tell = tell

    def send(self) -> int:
        """Send what waits, the oldest first; how many arrived. Two never send one at once."""
        if self._tell is None:
            return 0
        sent = 0
        with self._database.transaction() as session:
            rows = session.scalars(
                select(OperatorNoticeRow)
                .where(
                    OperatorNoticeRow.sent_at.is_(None),
                    OperatorNoticeRow.created_at > self._clock() - STALE,
                )
                .order_by(OperatorNoticeRow.id)
                .limit(_AT_ONCE)
                .with_for_update(skip_locked=True)
            ).all()
            for row in rows:
                row.attempts += 1
                if not self._tell(_notice(row)):
                    break  # what is later must not arrive before it
                row.sent_at = self._clock()
                sent += 1
        return sent


def by_webhook(url: str) -> Tell:
    """Tell by posting JSON to `url`; anything but a 2xx is tried again at the next check."""

    def tell(notice: Notice) -> bool:
        body = {
            "key": notice.key,
            "condition": notice.condition,
            "state": "raised" if notice.raised else "over",
            "text": f"Kordant pipelines: {notice.message}",
            "at": notice.at.isoformat(),
        }
        try:
            answer = httpx.post(
                url, json=body, headers={"Idempotency-Key": notice.key}, timeout=_SECONDS
            )
        except httpx.HTTPError:
            return False
        return answer.is_success

    return tell


def _notice(row: OperatorNoticeRow) -> Notice:
    return Notice(row.dedupe_key, row.condition, row.raised, row.message, row.created_at)
