"""The real breach sources: provider answers turned into breaches and findings."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date

from kordant_pipelines.domain.breaches import Breach, DatePrecision, Source
from kordant_pipelines.domain.data_classes import from_leakcheck
from kordant_pipelines.domain.exposures import Finding
from kordant_pipelines.domain.identifiers import Identifier, IdentifierKind
from kordant_pipelines.providers.errors import (
    PermanentProviderError,
    ProviderError,
    RetryableProviderError,
)
from kordant_pipelines.providers.hibp.client import HIBP_LIMIT, HibpClient
from kordant_pipelines.providers.hibp.models import HibpBreach, HibpPaste
from kordant_pipelines.providers.hibp.proof import ApiProof
from kordant_pipelines.providers.leakcheck.client import (
    LEAKCHECK_LIMIT,
    LeakCheckClient,
    LeakCheckKind,
)
from kordant_pipelines.providers.leakcheck.models import LeakCheckRow
from kordant_pipelines.providers.leakcheck.partial_date import PartialDate
from kordant_pipelines.providers.limiter import ProviderLimiter
from kordant_pipelines.providers.retrying import RetryBudget
from kordant_pipelines.providers.transport import Timeouts
from kordant_pipelines.services.darkwatch.sources import (
    BreachSource,
    CatalogueSource,
    LookupFailed,
    SourceAnswer,
)

_KEY_LENGTH = 200
_LEAKCHECK_KINDS = {
    IdentifierKind.EMAIL: LeakCheckKind.EMAIL,
    IdentifierKind.PHONE: LeakCheckKind.PHONE,
    IdentifierKind.USERNAME: LeakCheckKind.USERNAME,
}


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
                hibp = await stack.enter_async_context(
                    HibpClient(
                        base_url=self.hibp_url,
                        api_key=self.hibp_api_key,
                        limiter=await stack.enter_async_context(
                            ProviderLimiter(
                                valkey_url=self.valkey_url,
                                provider="hibp",
                                api_key=self.hibp_api_key,
                                limit=HIBP_LIMIT,
                                max_wait=self.patience_seconds,
                            )
                        ),
                        timeouts=self.timeouts,
                        retries=self._retries,
                        proof=self.hibp_proof,
                    )
                )
                sources[Source.HIBP] = HibpBreaches(hibp)
                sources[Source.HIBP_PASTES] = HibpPastes(hibp)
            if self.leakcheck_api_key:
                leakcheck = await stack.enter_async_context(
                    LeakCheckClient(
                        base_url=self.leakcheck_url,
                        api_key=self.leakcheck_api_key,
                        limiter=await stack.enter_async_context(
                            ProviderLimiter(
                                valkey_url=self.valkey_url,
                                provider="leakcheck",
                                api_key=self.leakcheck_api_key,
                                limit=LEAKCHECK_LIMIT,
                                max_wait=self.patience_seconds,
                            )
                        ),
                        timeouts=self.timeouts,
                        retries=self._retries,
                    )
                )
                sources[Source.LEAKCHECK] = LeakCheckSource(leakcheck)
            yield sources

    @property
    def _retries(self) -> RetryBudget:
        return RetryBudget(total_wait=self.patience_seconds)


class HibpCatalogue:
    """HIBP's list of all breaches."""

    def __init__(self, client: HibpClient) -> None:
        self._client = client

    async def catalogue(self) -> list[Breach]:
        """See `CatalogueSource`."""
        try:
            return [hibp_breach(breach) for breach in await self._client.breaches()]
        except ProviderError as error:
            raise failed(error) from None


class HibpBreaches:
    """Breaches an e-mail address is in."""

    def __init__(self, client: HibpClient) -> None:
        self._client = client

    async def lookup(self, identifier: Identifier) -> SourceAnswer:
        """See `BreachSource`."""
        try:
            answer = await self._client.breached_account(identifier.value)
        except ProviderError as error:
            raise failed(error) from None
        breaches = [hibp_breach(breach) for breach in answer]
        return SourceAnswer([Finding(breach, breach.data_classes) for breach in breaches])


class HibpPastes:
    """Pastes an e-mail address is in."""

    def __init__(self, client: HibpClient) -> None:
        self._client = client

    async def lookup(self, identifier: Identifier) -> SourceAnswer:
        """See `BreachSource`."""
        try:
            answer = await self._client.pastes(identifier.value)
        except ProviderError as error:
            raise failed(error) from None
        breaches = [_paste(paste) for paste in answer]
        return SourceAnswer([Finding(breach, breach.data_classes) for breach in breaches])


class LeakCheckSource:
    """Leaks a phone number or username is in."""

    def __init__(self, client: LeakCheckClient) -> None:
        self._client = client

    async def lookup(self, identifier: Identifier) -> SourceAnswer:
        """See `BreachSource`. LeakCheck serves no more than some 3,500 rows of one identifier."""
        try:
            answer = await self._client.query(identifier.value, _LEAKCHECK_KINDS[identifier.kind])
        except ProviderError as error:
            raise failed(error) from None
        return SourceAnswer(_merged(answer.rows), complete=answer.complete)


def failed(error: ProviderError) -> LookupFailed:
    """A provider's failure as a scan records it: its code, and whether asking again may help."""
    return LookupFailed(
        error.code.value,
        permanent=isinstance(error, PermanentProviderError),
        retry_after=error.retry_after if isinstance(error, RetryableProviderError) else None,
    )


def hibp_breach(breach: HibpBreach) -> Breach:
    """HIBP's breach as the rules know it."""
    return Breach(
        source=Source.HIBP,
        key=breach.name,
        title=breach.title,
        data_classes=frozenset(breach.data_classes),
        breach_date=breach.breach_date,
        added_at=breach.added_date,
        modified_at=breach.modified_date,
        domain=breach.domain,
        pwn_count=breach.pwn_count,
        description=breach.description,
        is_verified=breach.is_verified,
        is_fabricated=breach.is_fabricated,
        is_sensitive=breach.is_sensitive,
        is_retired=breach.is_retired,
        is_spam_list=breach.is_spam_list,
        is_malware=breach.is_malware,
        is_stealer_log=breach.is_stealer_log,
    )


def _paste(paste: HibpPaste) -> Breach:
    # A paste's own title is whatever its author wrote, personal data included: it is not kept.
    return Breach(
        source=Source.HIBP_PASTES,
        key=f"{paste.source}:{paste.id}"[:_KEY_LENGTH],
        title=f"{paste.source} {paste.id}"[:_KEY_LENGTH],
        data_classes=frozenset({"Email addresses"}),
        breach_date=paste.date.date() if paste.date else None,
        pwn_count=paste.email_count,
    )


def _merged(rows: Iterable[LeakCheckRow]) -> list[Finding]:
    """One finding a leak: LeakCheck lists a row for each record of the identifier in it."""
    by_key: dict[str, list[LeakCheckRow]] = {}
    for row in rows:
        by_key.setdefault(row.source[:_KEY_LENGTH], []).append(row)
    return [_finding(key, same) for key, same in sorted(by_key.items())]


def _finding(key: str, rows: list[LeakCheckRow]) -> Finding:
    classes = frozenset[str]().union(
        *(from_leakcheck(row.fields, has_password=row.password_present) for row in rows)
    )
    happened, precision = _first_date([row.breach_date for row in rows if row.breach_date])
    breach = Breach(
        source=Source.LEAKCHECK,
        key=key,
        title=key,
        data_classes=classes,
        breach_date=happened,
        date_precision=precision,
        is_verified=not any(row.unverified for row in rows),
    )
    return Finding(breach, classes)


def _first_date(dates: Sequence[PartialDate]) -> tuple[date | None, DatePrecision]:
    if not dates:
        return None, DatePrecision.DAY
    first = min(dates, key=lambda d: (d.year, d.month or 1, d.day or 1))
    day = date(first.year, first.month or 1, first.day or 1)
    if first.month is None:
        return day, DatePrecision.YEAR
    return day, DatePrecision.DAY if first.day else DatePrecision.MONTH
