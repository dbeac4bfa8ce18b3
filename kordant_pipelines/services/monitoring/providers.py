"""Calls to providers, of all workers together, and the room that their limits leave."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from redis import Redis
from redis.exceptions import RedisError

from kordant_pipelines.providers.errors import ProviderError
from kordant_pipelines.providers.limiter import CALLS
from kordant_pipelines.services.darkwatch.access import ProviderAccess
from kordant_pipelines.valkey_url import ValkeyUrl

_SECONDS = 2.0


class ProvidersUnknown(Exception):
    """Valkey does not answer, so nothing is known of the providers' calls."""


@dataclass(frozen=True, slots=True)
class ProviderFigures:
    """Calls ever made by provider and outcome, and how many there is room for now."""

    calls: Mapping[tuple[str, str], int]
    quota_left: Mapping[str, int]


class Providers:
    """Reads the figures that workers leave in Valkey."""

    def __init__(self, valkey_url: str, access: ProviderAccess) -> None:
        self._url = ValkeyUrl.parse(valkey_url)
        self._access = access

    def read(self) -> ProviderFigures:
        """The figures now.

        Raises:
            ProvidersUnknown: Valkey does not answer.
        """
        # Ignored: redis-py leaves these options and answers untyped.
        client = Redis.from_url(self._url.redis, socket_timeout=_SECONDS, decode_responses=True)  # pyright: ignore[reportUnknownMemberType]
        try:
            held: dict[str, str] = client.hgetall(CALLS)  # pyright: ignore[reportAssignmentType, reportUnknownMemberType]
            quota_left = asyncio.run(self._access.quotas())
        except (RedisError, OSError, ProviderError) as error:
            raise ProvidersUnknown(type(error).__name__) from None
        finally:
            client.close()
        calls: dict[tuple[str, str], int] = {}
        for name, count in held.items():
            provider, _, outcome = name.partition("|")
            calls[provider, outcome] = int(count)
        return ProviderFigures(calls, quota_left)
