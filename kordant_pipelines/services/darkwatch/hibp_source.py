"""HIBP as a breach source: its catalogue, and the breaches and pastes an e-mail address is in."""

import hashlib
import re

from kordant_pipelines.domain.breaches import Breach, Source
from kordant_pipelines.domain.data_classes import UNSPECIFIED
from kordant_pipelines.domain.exposures import Finding
from kordant_pipelines.domain.identifiers import Identifier
from kordant_pipelines.providers.errors import ProviderError
from kordant_pipelines.providers.hibp.client import HibpClient
from kordant_pipelines.providers.hibp.models import HibpBreach, HibpPaste
from kordant_pipelines.services.darkwatch.sources import SourceAnswer, failed

_PLAIN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class HibpCatalogue:
    """HIBP's list of all breaches."""

    def __init__(self, client: HibpClient) -> None:
        self._client = client

    async def catalogue(self) -> list[Breach]:
        """See `CatalogueSource`."""
        try:
            return [to_breach(breach) for breach in await self._client.breaches()]
        except ProviderError as error:
            raise failed(error) from None

    async def newest(self) -> Breach:
        """See `CatalogueSource`."""
        try:
            return to_breach(await self._client.latest_breach())
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
        return _answer([to_breach(breach) for breach in answer])


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
        return _answer([_paste(paste) for paste in answer])


def to_breach(breach: HibpBreach) -> Breach:
    """HIBP's breach as the rules know it. One without data classes still exposes something."""
    return Breach(
        source=Source.HIBP,
        key=breach.name,
        title=breach.title,
        data_classes=frozenset(breach.data_classes) or frozenset({UNSPECIFIED}),
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


def _answer(breaches: list[Breach]) -> SourceAnswer:
    return SourceAnswer([Finding(breach, breach.data_classes) for breach in breaches])


def _paste(paste: HibpPaste) -> Breach:
    # A paste's title is whatever its author wrote, and some ids are URLs: either may hold personal
    # data, so neither is kept. What stands for such an id is its digest.
    plain = _PLAIN_ID.fullmatch(paste.id)
    name = paste.id if plain else hashlib.sha256(paste.id.encode()).hexdigest()[:32]
    return Breach(
        source=Source.HIBP_PASTES,
        key=f"{paste.source}:{name}",
        title=f"{paste.source} {name}" if plain else paste.source,
        data_classes=frozenset({"Email addresses"}),
        breach_date=paste.date.date() if paste.date else None,
        pwn_count=paste.email_count,
    )
