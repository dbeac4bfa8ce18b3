"""Troubles with brokers, kept once for all customers; one run tries again, the others wait."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kordant_pipelines.domain.removals.brokers import Method
from kordant_pipelines.domain.removals.states import Event
from kordant_pipelines.domain.removals.steps import Action
from kordant_pipelines.domain.removals.troubles import (
    OURS,
    PERSISTENT,
    PROBE_LASTS,
    Part,
    Trouble,
    next_try,
    part_of,
)
from kordant_pipelines.providers.errors import ErrorCode
from kordant_pipelines.services.removals.errands import Outcome
from kordant_pipelines.storage.models import BrokerTroubleRow, RemovalRequestRow

BOUNCED = "mail_bounced"
"""Known from a mail only: that a server took the next letter says nothing of it."""


_OUR_SHARE = frozenset({ErrorCode.RATE_LIMITED.value, ErrorCode.LIMITER_UNAVAILABLE.value})
"""What says nothing of a broker: that we ask it too often, or could not count."""


_RECIPIENT_REFUSED = ErrorCode.BAD_REQUEST.value
"""Of a letter: our server let us in, so that the trouble, if any, is not ours."""


def troubles(session: Session) -> Sequence[Trouble]:
    """All there are, by broker."""
    rows = session.scalars(
        select(BrokerTroubleRow).order_by(BrokerTroubleRow.broker, BrokerTroubleRow.part)
    )
    return [_trouble(row) for row in rows]


def in_the_way(session: Session, broker: str, part: Part, now: datetime) -> Trouble | None:
    """The trouble that lets this wait; None if there is none, or this run is to try again."""
    row = session.get(BrokerTroubleRow, (broker, part), populate_existing=True)
    if row is None:
        return None
    if row.try_at > now:
        return _trouble(row)
    # Never waited for: runs meet troubles in any order.
    ours = session.scalars(
        select(BrokerTroubleRow)
        .where(
            BrokerTroubleRow.broker == broker,
            BrokerTroubleRow.part == part,
            BrokerTroubleRow.try_at <= now,
        )
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).first()
    until = now + PROBE_LASTS
    if ours is None:
        return replace(_trouble(row), try_at=until)
    ours.try_at = until
    session.flush()
    return None


def note(session: Session, broker: str, part: Part, reason: str, now: datetime) -> None:
    """A part does not work: begin its trouble, or let it go on."""
    session.execute(
        insert(BrokerTroubleRow)
        .values(
            broker=broker,
            part=part,
            reason=reason,
            since=now,
            last_at=now,
            times=1,
            try_at=next_try(now, 1),
        )
        .on_conflict_do_nothing()
    )
    row = session.get_one(
        BrokerTroubleRow, (broker, part), populate_existing=True, with_for_update=True
    )
    if row.last_at < now:
        row.reason, row.last_at, row.times = reason, now, row.times + 1
        row.try_at = max(row.try_at, next_try(now, row.times))
        session.flush()


def end(session: Session, broker: str, *parts: Part, but: str | None = None) -> int:
    """A broker's parts work again (all of them if none is named); how many had not."""
    statement = delete(BrokerTroubleRow).where(BrokerTroubleRow.broker == broker)
    if parts:
        statement = statement.where(BrokerTroubleRow.part.in_(parts))
    if but is not None:
        statement = statement.where(BrokerTroubleRow.reason != but)
    return len(session.execute(statement.returning(BrokerTroubleRow.broker)).all())


def release(session: Session, broker: str, now: datetime) -> int:
    """End all troubles of a broker, and have what waited for it be tried now; how many parts."""
    if not any(trouble.broker == broker for trouble in troubles(session)):
        return 0
    # Requests first, as runs lock them.
    session.execute(
        update(RemovalRequestRow)
        .where(
            RemovalRequestRow.broker_key == broker,
            RemovalRequestRow.not_before > now,
            RemovalRequestRow.next_at.is_not(None),
        )
        .values(not_before=None, next_at=now)
    )
    return end(session, broker)


def settle(session: Session, outcomes: Iterable[Outcome], now: datetime) -> None:
    """Take in what errands showed of their brokers."""
    shown: dict[tuple[str, Part], str | None] = {}
    for outcome in outcomes:
        errand = outcome.errand
        part = part_of(errand.action, errand.broker.method)
        if part is None:
            continue
        ours = errand.broker.method is Method.EMAIL and outcome.reason == ErrorCode.BAD_KEY.value
        whose = OURS if ours and part is Part.LETTERS else errand.broker.key
        if part is Part.LETTERS and (_works(outcome) or outcome.reason == _RECIPIENT_REFUSED):
            shown[OURS, part] = None
        if _works(outcome):
            shown[whose, part] = None
        elif outcome.reason in _OUR_SHARE:
            continue
        elif outcome.permanent or errand.request.failures >= PERSISTENT:
            shown[whose, part] = outcome.reason or "unknown"
    for (whose, part), reason in sorted(shown.items()):
        if reason is not None:
            note(session, whose, part, reason, now)
            continue
        end(session, whose, part, but=BOUNCED)


def _works(outcome: Outcome) -> bool:
    if outcome.errand.action is Action.LOOK:
        return outcome.seen is not None
    return outcome.event in {Event.ACCEPTED, Event.MAIL_AWAITED, Event.CUSTOMER_NEEDED}


def _trouble(row: BrokerTroubleRow) -> Trouble:
    return Trouble(row.broker, row.part, row.reason, row.since, row.last_at, row.times, row.try_at)
