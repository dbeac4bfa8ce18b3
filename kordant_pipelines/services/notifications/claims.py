"""Who may send a message now, and what is written of it: every step is one small transaction.

A claim is a lease. A message is claimed before anything is opened for it, marked as being sent when
it is about to leave, and settled when an answer came. A worker killed at any step leaves a row that
says which: nothing left yet, so that anyone may send it; or in doubt, so that the provider is asked
first.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kordant_pipelines.domain.channels import SuppressionReason
from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.services.notifications.suppressing import suppress
from kordant_pipelines.services.people import PAYLOAD_COLUMN, People
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import DeliveryRow, NotificationRow
from kordant_pipelines.storage.models.deliveries import OPEN, DeliveryStatus
from kordant_pipelines.storage.models.notifications import NotificationStatus

LEASE: Final = timedelta(minutes=5)
"""Longer than any attempt takes. A slower worker finds its claim lost when it goes to send."""

_NOTIFIED: Final = {
    DeliveryStatus.SENT: NotificationStatus.SENT,
    DeliveryStatus.DELIVERED: NotificationStatus.SENT,
    DeliveryStatus.FAILED: NotificationStatus.FAILED,
    DeliveryStatus.UNCONFIRMED: NotificationStatus.UNCONFIRMED,
}


class ClaimLost(Exception):
    """Someone else has the message by now; nothing may be sent."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that is ours for the length of a lease. Its payload is personal data."""

    delivery_id: str
    token: str
    provider: str
    payload: str = field(repr=False)
    attempts: int
    created_at: datetime
    in_doubt_since: datetime | None


class Claims:
    """The claims on one domain database's messages."""

    def __init__(self, database: Database, people: People, clock: Clock) -> None:
        self._database = database
        self._people = people
        self._clock = clock

    def due(self, subscription_id: str) -> Sequence[tuple[str, str]]:
        """Ids and providers of a subscription's messages that someone must look at now."""
        with self._database.transaction() as session:
            rows = session.execute(
                select(DeliveryRow.id, DeliveryRow.provider)
                .where(
                    DeliveryRow.subscription_id == subscription_id,
                    DeliveryRow.status.in_(OPEN),
                    DeliveryRow.next_at <= self._clock(),
                )
                .order_by(DeliveryRow.created_at, DeliveryRow.id)
            )
            return [(row.id, row.provider) for row in rows]

    def put_off(self, delivery_ids: Sequence[str], until: datetime) -> None:
        """Look at open messages again later, for want of a provider to send them by."""
        with self._database.transaction() as session:
            session.execute(
                update(DeliveryRow)
                .where(
                    DeliveryRow.id.in_(delivery_ids),
                    DeliveryRow.status.in_(OPEN),
                    DeliveryRow.next_at <= self._clock(),
                )
                .values(next_at=until)
            )

    def claim(self, delivery_id: str) -> Claim | None:
        """Take a message if it is due and nobody has it. One in doubt stays marked as such."""
        now = self._clock()
        with self._database.transaction() as session:
            row = session.scalar(
                select(DeliveryRow)
                .where(
                    DeliveryRow.id == delivery_id,
                    DeliveryRow.status.in_(OPEN),
                    DeliveryRow.next_at <= now,
                )
                .with_for_update(skip_locked=True)
            )
            if row is None:
                return None
            in_doubt = row.in_doubt_since is not None
            row.status = DeliveryStatus.UNKNOWN if in_doubt else DeliveryStatus.CLAIMED
            row.claim = token = secrets.token_hex(16)
            row.next_at = now + LEASE
            row.attempts += 1
            cipher = self._people.cipher_of(session, row.subscription_id)
            return Claim(
                delivery_id=row.id,
                token=token,
                provider=row.provider,
                payload=cipher.decrypt(row.payload_sealed, PAYLOAD_COLUMN),
                attempts=row.attempts,
                created_at=row.created_at,
                in_doubt_since=row.in_doubt_since,
            )

    def handing_over(self, claim: Claim) -> None:
        """Mark a message as about to leave: from here on the provider may have it.

        Raises:
            ClaimLost: the lease ended; it must not be sent.
        """
        now = self._clock()
        self._mine(
            claim,
            now,
            status=DeliveryStatus.SENDING,
            in_doubt_since=claim.in_doubt_since or now,
            next_at=now + LEASE,
        )

    def is_absent(self, claim: Claim) -> Claim:
        """Lift the doubt: the provider does not have it, so it may be sent by the claim returned.

        Raises:
            ClaimLost: as `handing_over`.
        """
        self._mine(claim, self._clock(), status=DeliveryStatus.CLAIMED, in_doubt_since=None)
        return replace(claim, in_doubt_since=None)

    def sent(self, claim: Claim, provider_id: str) -> None:
        """The provider has it. That holds whoever has the claim by now."""
        with self._database.transaction() as session:
            self._settle(
                session,
                DeliveryRow.status.in_(OPEN),
                claim,
                DeliveryStatus.SENT,
                provider_id=provider_id,
                sent_at=self._clock(),
            )
            session.execute(  # a callback that came first knew more
                update(DeliveryRow)
                .where(DeliveryRow.id == claim.delivery_id, DeliveryRow.provider_id.is_(None))
                .values(provider_id=provider_id, sent_at=self._clock())
            )

    def failed(
        self, claim: Claim, reason: str, suppression: SuppressionReason | None = None
    ) -> None:
        """It will never be sent; with `suppression`, nothing will be to its address."""
        with self._database.transaction() as session:
            self._settle(session, self._held(claim), claim, DeliveryStatus.FAILED, reason=reason)
            if suppression is not None:
                suppress(session, claim.delivery_id, suppression, self._clock())

    def unconfirmed(self, claim: Claim, reason: str) -> None:
        """It may have been sent and nobody can tell: it is not sent again by itself."""
        with self._database.transaction() as session:
            status = DeliveryStatus.UNCONFIRMED
            self._settle(session, self._held(claim), claim, status, reason=reason)

    def again(self, claim: Claim, at: datetime, reason: str, *, in_doubt: bool) -> None:
        """Look at it again at `at`; only if it is in doubt must the provider be asked first."""
        values: dict[str, Any] = {
            "status": DeliveryStatus.UNKNOWN if in_doubt else DeliveryStatus.READY,
            "next_at": at,
            "claim": None,
            "reason": reason,
        }
        if not in_doubt:
            values["in_doubt_since"] = None
        with self._database.transaction() as session:
            session.execute(update(DeliveryRow).where(self._held(claim)).values(values))

    def _mine(self, claim: Claim, now: datetime, **values: object) -> None:
        with self._database.transaction() as session:
            held = session.scalar(
                update(DeliveryRow)
                .where(self._held(claim), DeliveryRow.next_at > now)
                .values(values)
                .returning(DeliveryRow.id)
            )
        if held is None:
            raise ClaimLost

    def _held(self, claim: Claim) -> Any:
        return (
            (DeliveryRow.id == claim.delivery_id)
            & (DeliveryRow.claim == claim.token)
            & DeliveryRow.status.in_(OPEN)
        )

    def _settle(
        self,
        session: Session,
        condition: Any,
        claim: Claim,
        status: DeliveryStatus,
        **values: object,
    ) -> None:
        settled = session.scalar(
            update(DeliveryRow)
            .where(DeliveryRow.id == claim.delivery_id, condition)
            .values(
                {
                    "status": status,
                    "next_at": None,
                    "claim": None,
                    "in_doubt_since": None,
                    "reason": None,
                    **values,
                }
            )
            .returning(DeliveryRow.id)
        )
        if settled is not None:
            mark_notifications(session, settled, status, values.get("reason"))


def mark_notifications(
    session: Session, delivery_id: str, status: DeliveryStatus, reason: object
) -> None:
    """What became of a message became of all it carried."""
    session.execute(
        update(NotificationRow)
        .where(NotificationRow.delivery_id == delivery_id)
        .values(status=_NOTIFIED[status], reason=reason)
    )
