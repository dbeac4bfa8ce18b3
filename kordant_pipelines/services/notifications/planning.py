"""What of the outbox goes now: it is gathered by address, rendered once, and stored for sending.

All of it is one transaction under the subscription's lock, so two runs at once plan one after the
other and the second finds nothing left; a kill leaves either nothing or messages ready to send.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from kordant_pipelines.domain.channels import Channel, SuppressionReason
from kordant_pipelines.domain.notices import Envelope, SubjectKind, Unaddressable
from kordant_pipelines.domain.sending_times import (
    DAILY_LIMITS,
    DAY,
    Wishes,
    room_at,
    send_at,
)
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.messages.language import Language, language
from kordant_pipelines.messages.rendering import render_email, render_push, render_sms
from kordant_pipelines.security.vault import UserCipher
from kordant_pipelines.services.notifications.links import Links
from kordant_pipelines.services.notifications.routes import (
    EmailRoute,
    PushRoute,
    Routes,
    SmsRoute,
)
from kordant_pipelines.services.notifications.telling import tell
from kordant_pipelines.services.people import CONTACT_COLUMN, NAME_COLUMN, PAYLOAD_COLUMN
from kordant_pipelines.storage.models import (
    ContactPointRow,
    DeliveryRow,
    NotificationRow,
    PreferenceRow,
    SubscriptionRow,
    SuppressionRow,
    UserRow,
)
from kordant_pipelines.storage.models.base import new_id
from kordant_pipelines.storage.models.deliveries import DeliveryStatus
from kordant_pipelines.storage.models.notifications import NotificationStatus

LOOK_AGAIN: Final = timedelta(hours=1)
"""When what waits for an operator is looked at again."""
ITEMS_AT_MOST: Final = 25
"""In one message; what is left goes in the next."""


@dataclass
class Planned:
    """What came of planning, in notifications; those that wait are counted by reason."""

    rendered: int = 0
    dropped: int = 0
    unaddressable: int = 0
    waiting: Counter[str] = field(default_factory=Counter[str])


class Planner:
    """Plans for one subscription within one transaction. Its row must be locked."""

    def __init__(
        self,
        session: Session,
        cipher: UserCipher,
        subscription: SubscriptionRow,
        routes: Routes,
        links: Links,
        run_id: str,
        now: datetime,
    ) -> None:
        self._session = session
        self._cipher = cipher
        self._subscription = subscription
        self._routes = routes
        self._links = links
        self._run_id = run_id
        self._now = now
        user = session.get_one(UserRow, subscription.user_id)
        self._zone = ZoneInfo(user.time_zone)
        self._language: Language = language(user.locale)
        self._name = cipher.decrypt(user.name_sealed, NAME_COLUMN)
        self._planned = Planned()

    def plan(self) -> Planned:
        """Render what may go now; move on, or drop, what may not."""
        self._take_back()
        self._hush()
        pending = self._session.scalars(
            select(NotificationRow)
            .where(
                NotificationRow.subscription_id == self._subscription.id,
                NotificationRow.status == NotificationStatus.PENDING,
                NotificationRow.delivery_id.is_(None),
                NotificationRow.not_before <= self._now,
            )
            .order_by(NotificationRow.created_at, NotificationRow.id)
        ).all()
        by_contact: dict[str, list[NotificationRow]] = {}
        for notification in pending:
            by_contact.setdefault(notification.contact_point_id, []).append(notification)
        for contact_id, owed in sorted(by_contact.items()):
            self._plan_for(self._session.get_one(ContactPointRow, contact_id), owed)
        return self._planned

    def _take_back(self) -> None:
        """Messages for a provider that is not used any more are rendered anew for another.

        Only those that are certain not to have been sent.
        """
        left_over = self._session.scalars(
            select(DeliveryRow.id).where(
                DeliveryRow.subscription_id == self._subscription.id,
                DeliveryRow.status == DeliveryStatus.READY,
                DeliveryRow.in_doubt_since.is_(None),
                DeliveryRow.provider.not_in(self._routes.by_provider),
            )
        ).all()
        if left_over:
            self._session.execute(
                update(NotificationRow)
                .where(NotificationRow.delivery_id.in_(left_over))
                .values(delivery_id=None, not_before=self._now)
            )
            self._session.execute(delete(DeliveryRow).where(DeliveryRow.id.in_(left_over)))

    def _hush(self) -> None:
        """Messages to be tried again wait for the end of quiet hours too, unless critical."""
        due = self._session.execute(
            select(DeliveryRow, func.bool_or(NotificationRow.severity == Severity.CRITICAL))
            .join(NotificationRow, NotificationRow.delivery_id == DeliveryRow.id)
            .where(
                DeliveryRow.subscription_id == self._subscription.id,
                DeliveryRow.status == DeliveryStatus.READY,
                DeliveryRow.next_at <= self._now,
            )
            .group_by(DeliveryRow.id)
        ).all()
        for delivery, critical in due:
            wishes = replace(self._wishes(delivery.channel), immediate_from=Severity.INFO)
            severity = Severity.CRITICAL if critical else Severity.HIGH
            at = send_at(self._now, self._now, severity, wishes, self._zone)
            if at > self._now:
                delivery.next_at = at

    def _wishes(self, channel: Channel) -> Wishes:
        key = (self._subscription.user_id, channel)
        return self._session.get_one(PreferenceRow, key).wishes()

    def _plan_for(self, contact: ContactPointRow, owed: Sequence[NotificationRow]) -> None:
        suppressed = self._suppression(contact)
        if suppressed is not None:
            self._drop(owed, suppressed.value)
            return
        route = self._routes.by_channel[contact.channel]
        if route is None:
            self._wait(owed, self._now + LOOK_AGAIN, f"{contact.channel.value} is not configured")
            return
        ready = self._timely(owed, self._wishes(contact.channel))
        if ready and not any(n.severity is Severity.CRITICAL for n in ready):
            room = room_at(self._sent_to(contact), self._now, DAILY_LIMITS[contact.channel])
            if room > self._now:
                self._wait(ready, room, f"daily limit of {contact.channel.value}")
                return
        ready.sort(key=lambda n: -n.severity.rank)
        for first in range(0, len(ready), ITEMS_AT_MOST):
            self._render(contact, route, ready[first : first + ITEMS_AT_MOST])

    def _timely(self, owed: Sequence[NotificationRow], wishes: Wishes) -> list[NotificationRow]:
        """Those whose time has come, by wishes that may be others than when they were owed."""
        ready: list[NotificationRow] = []
        for one in owed:
            if one.subject is SubjectKind.ALERT and one.severity.rank < wishes.min_severity.rank:
                self._drop([one], "not_wanted")
                continue
            at = send_at(one.created_at, self._now, one.severity, wishes, self._zone)
            if at > self._now:
                self._wait([one], at, "digest or quiet hours")
            else:
                ready.append(one)
        return ready

    def _render(
        self,
        contact: ContactPointRow,
        route: EmailRoute | SmsRoute | PushRoute,
        told: Sequence[NotificationRow],
    ) -> None:
        key = new_id("dlv")()
        try:
            payload = self._payload(contact, route, told, key)
        except Unaddressable:
            for one in told:
                one.status, one.reason = NotificationStatus.FAILED, "unaddressable"
            self._planned.unaddressable += len(told)
            return
        self._session.add(
            DeliveryRow(
                id=key,
                subscription_id=self._subscription.id,
                contact_point_id=contact.id,
                channel=contact.channel,
                provider=route.provider,
                payload_sealed=self._cipher.encrypt(payload, PAYLOAD_COLUMN),
                status=DeliveryStatus.READY,
                next_at=self._now,
                created_at=self._now,
                run_id=self._run_id,
            )
        )
        self._session.flush()
        for one in told:
            one.delivery_id = key
        self._planned.rendered += len(told)

    def _payload(
        self,
        contact: ContactPointRow,
        route: EmailRoute | SmsRoute | PushRoute,
        told: Sequence[NotificationRow],
        key: str,
    ) -> str:
        """What goes to the provider, at every attempt."""
        items = tell(self._session, self._cipher, told, self._language, self._links, self._now)
        envelope = Envelope(key, self._cipher.decrypt(contact.value_sealed, CONTACT_COLUMN))
        match route:
            case EmailRoute():
                email = render_email(
                    items,
                    self._language,
                    name=self._name,
                    key=key,
                    unsubscribe_url=self._links.to_unsubscribe(contact.id, self._now),
                )
                return route.encode(email, envelope, self._now)
            case SmsRoute():
                return route.encode(render_sms(items, self._language, key=key), envelope)
            case PushRoute():
                return route.encode(render_push(items, self._language), envelope)

    def _suppression(self, contact: ContactPointRow) -> SuppressionReason | None:
        row = self._session.get(SuppressionRow, (contact.channel, contact.value_index))
        return row.reason if row else None

    def _sent_to(self, contact: ContactPointRow) -> list[datetime]:
        """When messages to this address were rendered in the last day, failed ones left out."""
        rows = self._session.scalars(
            select(DeliveryRow.created_at).where(
                DeliveryRow.contact_point_id == contact.id,
                DeliveryRow.created_at > self._now - DAY,
                DeliveryRow.status != DeliveryStatus.FAILED,
            )
        )
        return list(rows)

    def _wait(self, owed: Sequence[NotificationRow], until: datetime, why: str) -> None:
        for one in owed:
            one.not_before = until
        self._planned.waiting[why] += len(owed)

    def _drop(self, owed: Sequence[NotificationRow], reason: str) -> None:
        for one in owed:
            one.status, one.reason = NotificationStatus.DROPPED, reason
        self._planned.dropped += len(owed)
