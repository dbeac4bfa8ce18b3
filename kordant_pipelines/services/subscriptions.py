"""Subscriptions: adding, changing, listing. Every change is logged for those who must follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.errors import InactiveSubscription, UnknownSubscription
from kordant_pipelines.domain.subscriptions import Change, SubscriptionStatus, Tier
from kordant_pipelines.services.changes import log_change
from kordant_pipelines.services.new_subscription import NewSubscription, parse_sale, store_sale
from kordant_pipelines.services.people import People
from kordant_pipelines.storage.database import Database, violated_constraint
from kordant_pipelines.storage.models import PropertyRow, SubscriptionRow, WatchItemRow


@dataclass(frozen=True, slots=True)
class Summary:
    """A subscription as a list shows it: ids and counts, no personal data.

    `items` are the identifiers and the homes that are watched.
    """

    id: str
    ref: str
    tier: Tier
    status: SubscriptionStatus
    items: int
    created_at: datetime


class Subscriptions:
    """The subscriptions of one domain database."""

    def __init__(self, database: Database, people: People, clock: Clock) -> None:
        self._database = database
        self._people = people
        self._clock = clock

    def add(self, new: NewSubscription) -> tuple[str, bool]:
        """Store a sale whole; return its subscription's id and whether it is new.

        A `ref` that is there already is left as it is, so a repeated call changes nothing.

        Raises:
            RefusedInput: an identifier, a property or the time zone is not valid; nothing was
                stored.
        """
        sale = parse_sale(new)
        try:
            with self._database.transaction() as session:
                return store_sale(session, self._people, sale, self._clock()), True
        except IntegrityError as error:
            if violated_constraint(error) != "uq_subscriptions_external_ref":
                raise
        with self._database.transaction() as session:
            existing = select(SubscriptionRow.id).where(SubscriptionRow.external_ref == new.ref)
            return session.execute(existing).scalar_one(), False

    def set_tier(self, subscription_id: str, tier: Tier) -> None:
        """Move a subscription to another tier; one that has it already is left as it is.

        Raises:
            UnknownSubscription: there is none with this id.
            InactiveSubscription: it is cancelled; buying again makes a new one.
        """
        with self._database.transaction() as session:
            row = _locked(session, subscription_id)
            if row.status is SubscriptionStatus.CANCELLED:
                raise InactiveSubscription(subscription_id, row.status.value)
            if row.tier is not tier:
                row.tier = tier
                log_change(session, subscription_id, Change.TIER_CHANGED, self._clock())

    def pause(self, subscription_id: str) -> None:
        """Let nothing run for a subscription until it is resumed.

        Raises:
            UnknownSubscription, InactiveSubscription: as `set_tier`.
        """
        self._turn(subscription_id, SubscriptionStatus.PAUSED, Change.PAUSED)

    def resume(self, subscription_id: str) -> None:
        """Let a paused subscription go on.

        Raises:
            UnknownSubscription, InactiveSubscription: as `set_tier`.
        """
        self._turn(subscription_id, SubscriptionStatus.ACTIVE, Change.RESUMED)

    def cancel(self, subscription_id: str) -> None:
        """Cancel a subscription; one that is cancelled already is left as it is.

        Raises:
            UnknownSubscription: there is none with this id.
        """
        with self._database.transaction() as session:
            row = _locked(session, subscription_id)
            if row.status is SubscriptionStatus.CANCELLED:
                return
            row.status = SubscriptionStatus.CANCELLED
            row.cancelled_at = self._clock()
            log_change(session, subscription_id, Change.CANCELLED, self._clock())

    def _turn(self, subscription_id: str, status: SubscriptionStatus, change: Change) -> None:
        with self._database.transaction() as session:
            row = _locked(session, subscription_id)
            if row.status is SubscriptionStatus.CANCELLED:
                raise InactiveSubscription(subscription_id, row.status.value)
            if row.status is not status:
                row.status = status
                log_change(session, subscription_id, change, self._clock())

    def summaries(self) -> Sequence[Summary]:
        """Every subscription, oldest first."""
        with self._database.transaction() as session:
            rows = session.execute(
                _SUMMARIES.order_by(SubscriptionRow.created_at, SubscriptionRow.external_ref)
            )
            return [_summary(*row) for row in rows]

    def summary(self, subscription_id: str) -> Summary:
        """One subscription.

        Raises:
            UnknownSubscription: there is none with this id.
        """
        with self._database.transaction() as session:
            row = session.execute(
                _SUMMARIES.where(SubscriptionRow.id == subscription_id)
            ).one_or_none()
        if row is None:
            raise UnknownSubscription(subscription_id)
        return _summary(*row)

    def tier_of(self, subscription_id: str) -> Tier:
        """The tier of an active subscription.

        Raises:
            UnknownSubscription, InactiveSubscription: nothing may run for it.
        """
        with self._database.transaction() as session:
            return require_active(session, subscription_id).tier

    def active(self) -> dict[str, Tier]:
        """The ids of all active subscriptions, with their tiers."""
        with self._database.transaction() as session:
            rows = session.execute(
                select(SubscriptionRow.id, SubscriptionRow.tier)
                .where(SubscriptionRow.status == SubscriptionStatus.ACTIVE)
                .order_by(SubscriptionRow.id)
            )
            return {row.id: row.tier for row in rows}


def _live_count(rows: type[WatchItemRow] | type[PropertyRow]) -> ScalarSelect[int]:
    return (
        select(func.count())
        .where(rows.subscription_id == SubscriptionRow.id, rows.removed_at.is_(None))
        .scalar_subquery()
    )


_SUMMARIES = select(
    SubscriptionRow,
    _live_count(WatchItemRow) + _live_count(PropertyRow),
)


def _summary(row: SubscriptionRow, items: int) -> Summary:
    return Summary(row.id, row.external_ref, row.tier, row.status, items, row.created_at)


def _locked(session: Session, subscription_id: str) -> SubscriptionRow:
    row = session.get(SubscriptionRow, subscription_id, with_for_update=True)
    if row is None:
        raise UnknownSubscription(subscription_id)
    return row


def require_active(
    session: Session, subscription_id: str, *, lock: bool = False
) -> SubscriptionRow:
    """The subscription's row, if something may run for it.

    Raises:
        UnknownSubscription, InactiveSubscription: nothing may.
    """
    row = session.get(
        SubscriptionRow, subscription_id, with_for_update=lock, populate_existing=lock
    )
    if row is None:
        raise UnknownSubscription(subscription_id)
    if row.status is not SubscriptionStatus.ACTIVE:
        raise InactiveSubscription(subscription_id, row.status.value)
    return row
