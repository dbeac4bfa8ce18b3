"""Reaching brokers and the mailbox, as the settings say."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from kordant_pipelines.domain.removals.brokers import Broker
from kordant_pipelines.providers.brokers.client import BrokerSite
from kordant_pipelines.providers.imap.inbox import ImapInbox
from kordant_pipelines.providers.limiter import ProviderLimiter, RateLimit
from kordant_pipelines.providers.retrying import RetryBudget
from kordant_pipelines.providers.smtp.letters import LetterSender
from kordant_pipelines.providers.transport import Timeouts

_DAY: Final = 24 * 3600


@dataclass(frozen=True)
class Mailbox:
    """Our account: `address` is where answers come, with the reference as a tag."""

    address: str
    sender: LetterSender
    inbox: ImapInbox


@dataclass(frozen=True, kw_only=True)
class BrokerAccess:
    """How to reach brokers. Without a mailbox no letter and no form goes out."""

    valkey_url: str
    timeouts: Timeouts
    patience_seconds: float
    mailbox: Mailbox | None

    @asynccontextmanager
    async def site(self, broker: Broker) -> AsyncGenerator[BrokerSite]:
        """A broker's site, at the pace its limit allows all customers together."""
        limit = RateLimit(broker.limit.requests, broker.limit.seconds)
        async with (
            self._limiter(broker, "pages", limit) as limiter,
            BrokerSite(
                broker,
                limiter=limiter,
                timeouts=self.timeouts,
                retries=RetryBudget(attempts=2, total_wait=self.patience_seconds),
            ) as site,
        ):
            yield site

    async def admit_letter(self, broker: Broker) -> None:
        """Count a letter to the broker.

        Raises:
            ProviderError: no more may go today, or it cannot be counted; none was sent.
        """
        limit = RateLimit(broker.letters_a_day, _DAY)
        async with self._limiter(broker, "letters", limit) as limiter:
            await limiter.acquire()

    def _limiter(self, broker: Broker, kind: str, limit: RateLimit) -> ProviderLimiter:
        return ProviderLimiter(
            valkey_url=self.valkey_url,
            provider=f"broker/{broker.key}/{kind}",
            api_key="",
            limit=limit,
            max_wait=self.patience_seconds,
        )
