"""Opens clients the way a scan does, with waits short enough for tests."""

import secrets
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from kordant_pipelines.providers.attom.client import AttomClient
from kordant_pipelines.providers.hibp.client import HibpClient
from kordant_pipelines.providers.hibp.proof import ApiProof
from kordant_pipelines.providers.leakcheck.client import LeakCheckClient
from kordant_pipelines.providers.limiter import ProviderLimiter, RateLimit
from kordant_pipelines.providers.philadelphia.client import PhiladelphiaClient
from kordant_pipelines.providers.retrying import RetryBudget
from kordant_pipelines.providers.soda.client import SodaClient
from kordant_pipelines.providers.transport import DEFAULT_TIMEOUTS, ProviderCall, Timeouts

ONCE = RetryBudget(attempts=1)
QUICK = RetryBudget(attempts=3, total_wait=1.0, first_wait=0.001, chance=lambda: 0.0)
WIDE = RateLimit(amount=1000, seconds=60)


async def known_rpm() -> int:
    """Stands for a limit that was read before, so that no status call comes first."""
    return WIDE.amount


@asynccontextmanager
async def hibp_at(
    url: str,
    valkey_url: str,
    key: str,
    *,
    retries: RetryBudget = ONCE,
    timeouts: Timeouts = DEFAULT_TIMEOUTS,
    proof: ApiProof | None = None,
    on_call: Callable[[ProviderCall], None] | None = None,
    learned: bool = True,
    max_wait: float = 1.0,
) -> AsyncGenerator[HibpClient]:
    """An open HIBP client whose limiter is wide and, unless told otherwise, knows its limit."""
    limiter = ProviderLimiter(
        valkey_url=valkey_url, provider="hibp", api_key=key, limit=WIDE, max_wait=max_wait
    )
    async with limiter:
        if learned:
            await limiter.learn(known_rpm)
        async with HibpClient(
            base_url=url,
            api_key=key,
            limiter=limiter,
            retries=retries,
            timeouts=timeouts,
            proof=proof,
            on_call=on_call,
        ) as client:
            yield client


@asynccontextmanager
async def leakcheck_at(
    url: str,
    valkey_url: str,
    key: str,
    *,
    retries: RetryBudget = ONCE,
    page_size: int = 1000,
) -> AsyncGenerator[LeakCheckClient]:
    """An open LeakCheck client with a wide limiter."""
    limiter = ProviderLimiter(
        valkey_url=valkey_url, provider="leakcheck", api_key=key, limit=WIDE, max_wait=1.0
    )
    async with (
        limiter,
        LeakCheckClient(
            base_url=url, api_key=key, limiter=limiter, retries=retries, page_size=page_size
        ) as client,
    ):
        yield client


@asynccontextmanager
async def _limiter(valkey_url: str, provider: str, key: str) -> AsyncGenerator[ProviderLimiter]:
    async with ProviderLimiter(
        valkey_url=valkey_url, provider=provider, api_key=key, limit=WIDE, max_wait=1.0
    ) as limiter:
        yield limiter


@asynccontextmanager
async def soda_at(
    url: str,
    valkey_url: str,
    *,
    provider: str = "acris",
    token: str | None = None,
    retries: RetryBudget = ONCE,
    page_size: int = 1000,
) -> AsyncGenerator[SodaClient]:
    """An open SODA client with a wide limiter of its own."""
    async with (
        _limiter(valkey_url, provider, secrets.token_hex(8)) as limiter,
        SodaClient(
            provider,
            base_url=url,
            app_token=token,
            limiter=limiter,
            retries=retries,
            page_size=page_size,
        ) as client,
    ):
        yield client


@asynccontextmanager
async def philadelphia_at(
    url: str, valkey_url: str, *, retries: RetryBudget = ONCE, page_size: int = 1000
) -> AsyncGenerator[PhiladelphiaClient]:
    """An open Philadelphia client with a wide limiter of its own."""
    async with (
        _limiter(valkey_url, "philadelphia", secrets.token_hex(8)) as limiter,
        PhiladelphiaClient(
            base_url=url, limiter=limiter, retries=retries, page_size=page_size
        ) as client,
    ):
        yield client


@asynccontextmanager
async def attom_at(
    url: str, valkey_url: str, key: str, *, retries: RetryBudget = ONCE
) -> AsyncGenerator[AttomClient]:
    """An open ATTOM client with a wide limiter of its own."""
    async with (
        _limiter(valkey_url, "attom", secrets.token_hex(8)) as limiter,
        AttomClient(base_url=url, api_key=key, limiter=limiter, retries=retries) as client,
    ):
        yield client
