"""Opening the real breach sources with an operator's keys."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from kordant_pipelines.domain.breaches import Source
from kordant_pipelines.providers.hibp.client import HIBP_LIMIT, HibpClient
from kordant_pipelines.providers.hibp.proof import ApiProof
from kordant_pipelines.providers.leakcheck.client import LEAKCHECK_LIMIT, LeakCheckClient
from kordant_pipelines.providers.limiter import ProviderLimiter, RateLimit
from kordant_pipelines.providers.retrying import RetryBudget
from kordant_pipelines.providers.transport import Timeouts
from kordant_pipelines.services.darkwatch.hibp_source import (
    HibpBreaches,
    HibpCatalogue,
    HibpPastes,
)
from kordant_pipelines.services.darkwatch.leakcheck_source import LeakCheckSource
from kordant_pipelines.services.darkwatch.sources import BreachSource, CatalogueSource


@dataclass(frozen=True, kw_only=True)
class ProviderAccess:
    """How to reach the providers. A provider without a key is left out: its kinds are uncovered."""

    valkey_url: str
    hibp_url: str
    hibp_api_key: str | None
    leakcheck_url: str
    leakcheck_api_key: str | None
    timeouts: Timeouts
    patience_seconds: float
    hibp_proof: ApiProof

    @asynccontextmanager
    async def open_catalogue(self) -> AsyncGenerator[CatalogueSource]:
        """HIBP's catalogue, for one refresh."""
        async with HibpClient(
            base_url=self.hibp_url,
            timeouts=self.timeouts,
            retries=self._retries,
            proof=self.hibp_proof,
        ) as client:
            yield HibpCatalogue(client)

    @asynccontextmanager
    async def open_sources(self) -> AsyncGenerator[Mapping[Source, BreachSource]]:
        """The configured sources, for one scan."""
        async with AsyncExitStack() as stack:
            sources: dict[Source, BreachSource] = {}
            if self.hibp_api_key:
                hibp = await self._hibp(stack, self.hibp_api_key)
                sources[Source.HIBP] = HibpBreaches(hibp)
                sources[Source.HIBP_PASTES] = HibpPastes(hibp)
            if self.leakcheck_api_key:
                leakcheck = await self._leakcheck(stack, self.leakcheck_api_key)
                sources[Source.LEAKCHECK] = LeakCheckSource(leakcheck)
            yield sources

    async def quotas(self) -> Mapping[str, int]:
        """How many calls there is room for now, by provider with a key.

        Raises:
            UnavailableProviderError: `limiter_unavailable`.
        """
        keys = (
            ("hibp", self.hibp_api_key, HIBP_LIMIT),
            ("leakcheck", self.leakcheck_api_key, LEAKCHECK_LIMIT),
        )
        async with AsyncExitStack() as stack:
            return {
                name: await (await self._limiter(stack, name, key, limit)).room()
                for name, key, limit in keys
                if key
            }

    async def _hibp(self, stack: AsyncExitStack, key: str) -> HibpClient:
        client = HibpClient(
            base_url=self.hibp_url,
            api_key=key,
            limiter=await self._limiter(stack, "hibp", key, HIBP_LIMIT),
            timeouts=self.timeouts,
            retries=self._retries,
            proof=self.hibp_proof,
        )
        return await stack.enter_async_context(client)

    async def _leakcheck(self, stack: AsyncExitStack, key: str) -> LeakCheckClient:
        client = LeakCheckClient(
            base_url=self.leakcheck_url,
            api_key=key,
            limiter=await self._limiter(stack, "leakcheck", key, LEAKCHECK_LIMIT),
            timeouts=self.timeouts,
            retries=self._retries,
        )
        return await stack.enter_async_context(client)

    async def _limiter(
        self, stack: AsyncExitStack, provider: str, key: str, limit: RateLimit
    ) -> ProviderLimiter:
        limiter = ProviderLimiter(
            valkey_url=self.valkey_url,
            provider=provider,
            api_key=key,
            limit=limit,
            max_wait=self.patience_seconds,
        )
        return await stack.enter_async_context(limiter)

    @property
    def _retries(self) -> RetryBudget:
        return RetryBudget(total_wait=self.patience_seconds)
