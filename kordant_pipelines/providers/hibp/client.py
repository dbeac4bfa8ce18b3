"""The HIBP client: the catalogue without a key, accounts and pastes with one."""

import logging
import re
from collections.abc import Callable
from typing import Annotated, Final, TypeVar

import httpx
from pydantic import Field, TypeAdapter

from kordant_pipelines.providers.client import ProviderClient
from kordant_pipelines.providers.errors import ErrorCode, PermanentProviderError, ProviderError
from kordant_pipelines.providers.hibp.answers import PROVIDER, found, found_or_none
from kordant_pipelines.providers.hibp.models import HibpBreach, HibpPaste, HibpSubscription
from kordant_pipelines.providers.hibp.proof import ApiProof
from kordant_pipelines.providers.limiter import ProviderLimiter, RateLimit
from kordant_pipelines.providers.reply import Reply
from kordant_pipelines.providers.retrying import DEFAULT_RETRIES, RetryBudget
from kordant_pipelines.providers.transport import (
    DEFAULT_TIMEOUTS,
    ProviderCall,
    ProviderHttp,
    Timeouts,
)

T = TypeVar("T")

HIBP_LIMIT: Final = RateLimit(amount=10, seconds=61)
"""HIBP's smallest plan, until the key's own is known. The window is HIBP's minute and a second of
slack: a request that opens a connection arrives later than one a minute on that finds it open."""

# HIBP answers 404, not an empty list: an empty one is a fault, and must not read as clean.
_BREACHES: Final = TypeAdapter(Annotated[list[HibpBreach], Field(min_length=1)])
_PASTES: Final = TypeAdapter(Annotated[list[HibpPaste], Field(min_length=1)])
_BREACH: Final = TypeAdapter(HibpBreach)
_SUBSCRIPTION: Final = TypeAdapter(HibpSubscription)

_log = logging.getLogger(__name__)


class HibpClient(ProviderClient):
    """HIBP v3. Open it with `async with` inside the event loop that uses it.

    Every method raises `ProviderError` when HIBP did not answer; an empty list always means that
    HIBP said "not found".

    Args:
        base_url: `https://haveibeenpwned.com/api/v3`.
        api_key: 32 hexadecimal characters; without one only the catalogue can be read.
        limiter: open, for this key; required with a key.
        timeouts: of each attempt.
        retries: of each call.
        proof: shared with other clients of the same base URL; by default the client's own.
        transport: stands in for the network, for tests.
        on_call: told of each request that went out; must not raise.

    Raises:
        PermanentProviderError: `bad_key`, malformed; `bad_request`, the base URL is none.
        ValueError: a key without a limiter.
    """

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str | None = None,
        limiter: ProviderLimiter | None = None,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        retries: RetryBudget = DEFAULT_RETRIES,
        proof: ApiProof | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        on_call: Callable[[ProviderCall], None] | None = None,
    ) -> None:
        if api_key is not None and not re.fullmatch("[0-9a-fA-F]{32}", api_key):
            raise PermanentProviderError(
                PROVIDER, ErrorCode.BAD_KEY, "the key must be 32 hexadecimal characters"
            )
        if api_key is not None and limiter is None:
            raise ValueError("HibpClient with an api_key needs a limiter, shared by all workers")
        self._limiter = limiter if api_key is not None else None
        self._proof = proof or ApiProof()
        self._http = ProviderHttp(
            PROVIDER,
            base_url=base_url,
            key_header={} if api_key is None else {"hibp-api-key": api_key},
            limiter=self._limiter,
            timeouts=timeouts,
            retries=retries,
            transport=transport,
            on_call=on_call,
        )

    async def breaches(self) -> list[HibpBreach]:
        """The whole catalogue, never empty. Needs no key and takes no quota."""
        return await self._catalogue("breaches", _BREACHES)

    async def latest_breach(self) -> HibpBreach:
        """The breach added last. Needs no key and takes no quota."""
        return await self._catalogue("latestbreach", _BREACH)

    async def breached_account(self, email: str) -> list[HibpBreach]:
        """Breaches the address is in, unverified ones included; empty if HIBP knows of none."""
        params = {"truncateResponse": "false", "IncludeUnverified": "true"}
        return await self._account("breachedaccount/{value}", email, _BREACHES, params)

    async def pastes(self, email: str) -> list[HibpPaste]:
        """Pastes the address is in; empty if HIBP knows of none."""
        return await self._account("pasteaccount/{value}", email, _PASTES, {})

    async def subscription_status(self) -> HibpSubscription:
        """The key's plan. Counted against its limit, since HIBP does not say that it is free."""
        self._require_key()
        return await self._http.get("subscription/status", self._reader(_SUBSCRIPTION))

    async def _catalogue(self, endpoint: str, shape: TypeAdapter[T]) -> T:
        return await self._http.get(endpoint, self._reader(shape), metered=False)

    async def _account(
        self, endpoint: str, email: str, shape: TypeAdapter[list[T]], params: dict[str, str]
    ) -> list[T]:
        limiter = self._require_key()
        account = email.strip()
        if "@" not in account:
            raise PermanentProviderError(PROVIDER, ErrorCode.BAD_REQUEST, "not an e-mail address")
        await self._learn_limit(limiter)

        def read(reply: Reply) -> list[T] | None:
            answer = found_or_none(reply, shape)
            if answer is not None:
                self._proof.record()
            return answer

        answer = await self._http.get(endpoint, read, value=account, params=params)
        if answer is not None:
            return answer
        if not self._proof.holds():
            await self.latest_breach()
        return []

    async def _learn_limit(self, limiter: ProviderLimiter) -> None:
        async def rpm() -> int:
            plan = await self.subscription_status()
            if plan.rpm is None:
                raise PermanentProviderError(PROVIDER, ErrorCode.SCHEMA_DRIFT, "Rpm missing")
            return plan.rpm

        try:
            await limiter.learn(rpm)
        except ProviderError as error:
            if error.code in {ErrorCode.BAD_KEY, ErrorCode.LIMITER_UNAVAILABLE}:
                raise
            _log.warning("HIBP's limit for this key stays at the default: %s", error)

    def _reader(self, shape: TypeAdapter[T]) -> Callable[[Reply], T]:
        def read(reply: Reply) -> T:
            answer = found(reply, shape)
            self._proof.record()
            return answer

        return read

    def _require_key(self) -> ProviderLimiter:
        if self._limiter is None:
            raise PermanentProviderError(PROVIDER, ErrorCode.BAD_KEY, "no key was given")
        return self._limiter
