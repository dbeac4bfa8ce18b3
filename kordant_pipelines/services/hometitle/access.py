"""Opening the real land registers with an operator's keys."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from kordant_pipelines.domain.parcels import Register
from kordant_pipelines.providers.acris.client import PROVIDER as ACRIS
from kordant_pipelines.providers.acris.client import AcrisClient
from kordant_pipelines.providers.attom.client import ATTOM_LIMIT, AttomClient
from kordant_pipelines.providers.attom.client import PROVIDER as ATTOM
from kordant_pipelines.providers.cook.client import PROVIDER as COOK
from kordant_pipelines.providers.cook.client import CookClient
from kordant_pipelines.providers.limiter import ProviderLimiter, RateLimit
from kordant_pipelines.providers.philadelphia.client import CARTO_LIMIT, PhiladelphiaClient
from kordant_pipelines.providers.philadelphia.client import PROVIDER as PHILADELPHIA
from kordant_pipelines.providers.retrying import RetryBudget
from kordant_pipelines.providers.soda.client import SODA_LIMIT, SodaClient
from kordant_pipelines.providers.transport import Timeouts
from kordant_pipelines.services.hometitle.acris_source import AcrisRegister
from kordant_pipelines.services.hometitle.attom_source import AttomRegister
from kordant_pipelines.services.hometitle.cook_source import CookRegister
from kordant_pipelines.services.hometitle.philadelphia_source import PhiladelphiaRegister
from kordant_pipelines.services.hometitle.registers import LandRegister

_ANONYMOUS = "anonymous"
"""Names the limiter's window where there is no key: open data is counted by our address."""


@dataclass(frozen=True, kw_only=True)
class RegisterAccess:
    """How to reach the registers. Open data needs no key; without ATTOM's it is left out."""

    valkey_url: str
    acris_url: str
    acris_app_token: str | None
    cook_url: str
    cook_app_token: str | None
    philadelphia_url: str
    attom_url: str
    attom_api_key: str | None
    timeouts: Timeouts
    patience_seconds: float

    @asynccontextmanager
    async def open_registers(self) -> AsyncGenerator[Mapping[Register, LandRegister]]:
        """The configured registers, for one scan."""
        async with AsyncExitStack() as stack:
            acris = await self._soda(stack, ACRIS, self.acris_url, self.acris_app_token)
            cook = await self._soda(stack, COOK, self.cook_url, self.cook_app_token)
            registers: dict[Register, LandRegister] = {
                Register.NYC_ACRIS: AcrisRegister(AcrisClient(acris)),
                Register.COOK_SALES: CookRegister(CookClient(cook)),
                Register.PHILADELPHIA_TRANSFERS: await self._philadelphia(stack),
            }
            if self.attom_api_key:
                registers[Register.ATTOM] = await self._attom(stack, self.attom_api_key)
            yield registers

    async def _soda(
        self, stack: AsyncExitStack, provider: str, url: str, token: str | None
    ) -> SodaClient:
        client = SodaClient(
            provider,
            base_url=url,
            app_token=token,
            limiter=await self._limiter(stack, provider, token or _ANONYMOUS, SODA_LIMIT),
            timeouts=self.timeouts,
            retries=self._retries,
        )
        return await stack.enter_async_context(client)

    async def _philadelphia(self, stack: AsyncExitStack) -> LandRegister:
        client = PhiladelphiaClient(
            base_url=self.philadelphia_url,
            limiter=await self._limiter(stack, PHILADELPHIA, _ANONYMOUS, CARTO_LIMIT),
            timeouts=self.timeouts,
            retries=self._retries,
        )
        return PhiladelphiaRegister(await stack.enter_async_context(client))

    async def _attom(self, stack: AsyncExitStack, key: str) -> LandRegister:
        client = AttomClient(
            base_url=self.attom_url,
            api_key=key,
            limiter=await self._limiter(stack, ATTOM, key, ATTOM_LIMIT),
            timeouts=self.timeouts,
            retries=self._retries,
        )
        return AttomRegister(await stack.enter_async_context(client))

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
