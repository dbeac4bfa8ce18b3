"""Sending what is owed to a subscription's owner, and hearing what became of it."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select, union, update

from kordant_pipelines.domain.channels import Channel
from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.sending_times import Wishes
from kordant_pipelines.domain.subscriptions import SubscriptionStatus, Tier
from kordant_pipelines.providers.sending import Sender
from kordant_pipelines.services.notifications.attempts import Attempts
from kordant_pipelines.services.notifications.claims import Claims
from kordant_pipelines.services.notifications.links import Links
from kordant_pipelines.services.notifications.planning import LOOK_AGAIN, Planner
from kordant_pipelines.services.notifications.routes import Routes
from kordant_pipelines.services.people import People
from kordant_pipelines.services.subscriptions import require_active
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import (
    DeliveryRow,
    NotificationRow,
    PreferenceRow,
    SubscriptionRow,
)
from kordant_pipelines.storage.models.deliveries import OPEN
from kordant_pipelines.storage.models.notifications import NotificationStatus


@dataclass(frozen=True, slots=True)
class SendReport:
    """What a run did: counts and codes only, so that Dagster may show it.

    Attributes:
        subscription_id: whose.
        tier: its tier.
        rendered: notifications that were put into messages.
        dropped: notifications that their owner does not want, or whose address is suppressed.
        waiting: notifications that wait, by reason: "push is not configured".
        messages: messages by what became of them: "sent", "refused", "in doubt", …
        reasons: why those that were not sent were not, by "provider: code".
        blocked: what an operator must mend: "twilio: bad_key".
    """

    subscription_id: str
    tier: Tier
    rendered: int
    dropped: int
    waiting: Mapping[str, int]
    messages: Mapping[str, int]
    reasons: Mapping[str, int]
    blocked: Sequence[str]

    def sentence(self) -> str:
        """One line for an operator: "2 sent, 1 in doubt (twilio: timeout ×1); 3 wait (…)"."""
        parts = [f"{count} {what}" for what, count in self.messages.items()]
        said = ", ".join(parts) or "nothing to send"
        if self.reasons:
            said += f" ({_listed(self.reasons)})"
        if self.dropped:
            said += f"; {self.dropped} dropped"
        if self.waiting:
            said += f"; {sum(self.waiting.values())} wait ({_listed(self.waiting)})"
        return said


class Notifications:
    """The outbox of one domain database."""

    def __init__(
        self, database: Database, people: People, routes: Routes, links: Links, clock: Clock
    ) -> None:
        self._database = database
        self._people = people
        self._routes = routes
        self._links = links
        self._clock = clock
        self._claims = Claims(database, people, clock)

    def send(self, subscription_id: str, run_id: str) -> SendReport:
        """Render what may go now, and do what is to be done about every message that is due.

        Run twice, at once or after a kill at any step, it sends nothing twice. What could not be
        sent is owed again at a later moment of its own.

        Raises:
            UnknownSubscription, InactiveSubscription: nothing may run for it; nothing was done.
        """
        with self._database.transaction() as session:
            subscription = require_active(session, subscription_id, lock=True)
            tier = subscription.tier
            planned = Planner(
                session,
                self._people.cipher_of(session, subscription_id),
                subscription,
                self._routes,
                self._links,
                run_id,
                self._clock(),
            ).plan()
        attempts = Attempts(self._claims, self._clock)
        asyncio.run(self._attempt_all(subscription_id, attempts, planned.waiting))
        done = attempts.done
        if planned.unaddressable:
            done.counts["unaddressable"] += planned.unaddressable
        return SendReport(
            subscription_id=subscription_id,
            tier=tier,
            rendered=planned.rendered,
            dropped=planned.dropped,
            waiting=dict(planned.waiting),
            messages=dict(done.counts),
            reasons=dict(done.reasons),
            blocked=sorted(done.blocked),
        )

    def due(self, now: datetime, *, after: str, limit: int) -> Sequence[str]:
        """Ids of active subscriptions with something to do at `now`, ascending, beyond `after`."""
        owed = select(NotificationRow.subscription_id).where(
            NotificationRow.status == NotificationStatus.PENDING,
            NotificationRow.delivery_id.is_(None),
            NotificationRow.not_before <= now,
            NotificationRow.subscription_id > after,
        )
        open_ones = select(DeliveryRow.subscription_id).where(
            DeliveryRow.next_at.is_not(None),
            DeliveryRow.next_at <= now,
            DeliveryRow.status.in_(OPEN),
            DeliveryRow.subscription_id > after,
        )
        pending = union(owed, open_ones).subquery()
        with self._database.transaction() as session:
            return session.scalars(
                select(SubscriptionRow.id)
                .join(pending, pending.c.subscription_id == SubscriptionRow.id)
                .where(SubscriptionRow.status == SubscriptionStatus.ACTIVE)
                .order_by(SubscriptionRow.id)
                .limit(limit)
            ).all()

    def wish(self, subscription_id: str, channel: Channel, wishes: Wishes) -> None:
        """Set what a subscription's owner wants of a channel, from the next run on.

        Raises:
            UnknownSubscription, InactiveSubscription: nothing was changed.
        """
        with self._database.transaction() as session:
            subscription = require_active(session, subscription_id)
            session.execute(
                update(PreferenceRow)
                .where(
                    PreferenceRow.user_id == subscription.user_id,
                    PreferenceRow.channel == channel,
                )
                .values(asdict(wishes))
            )
            session.execute(  # what waits by the old wishes is looked at anew
                update(NotificationRow)
                .where(
                    NotificationRow.subscription_id == subscription_id,
                    NotificationRow.channel == channel,
                    NotificationRow.status == NotificationStatus.PENDING,
                    NotificationRow.delivery_id.is_(None),
                )
                .values(not_before=self._clock())
            )

    async def _attempt_all(
        self, subscription_id: str, attempts: Attempts, waiting: dict[str, int]
    ) -> None:
        async with AsyncExitStack() as stack:
            senders: dict[str, Sender] = {}
            for delivery_id, provider in self._claims.due(subscription_id):
                opening = self._routes.by_provider.get(provider)
                if opening is None:  # in doubt, and there is nobody to ask
                    self._claims.put_off([delivery_id], self._clock() + LOOK_AGAIN)
                    why = f"{provider} is not configured"
                    waiting[why] = waiting.get(why, 0) + 1
                    continue
                if provider not in senders:
                    senders[provider] = await stack.enter_async_context(opening())
                await attempts.attempt(delivery_id, senders[provider])


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{why} ×{count}" for why, count in sorted(counts.items()))
