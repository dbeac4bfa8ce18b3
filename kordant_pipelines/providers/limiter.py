"""One rate limiter per provider key, shared by all workers of all hosts through Valkey.

A moving window counts every request. Beside it lie a pause that the provider asked for (429 with
`retry-after`) and the provider's own word on the window's size, so that what one worker hears holds
for all. Entries carry their host's time: clocks must agree to well under the window (NTP).

Without Valkey nothing is asked. A scan that cannot count would hammer the provider or have to
guess, so every method raises `limiter_unavailable` and the scan records "could not check".
"""

import asyncio
import hashlib
import math
import time
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

from limits import RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from kordant_pipelines.providers.errors import (
    ErrorCode,
    RetryableProviderError,
    UnavailableProviderError,
)
from kordant_pipelines.valkey_url import ValkeyUrl

LIMIT_KEPT: Final = 24 * 3600
"""Seconds for which a provider's word on its own limit is believed."""
ASKING_LASTS: Final = 10
"""Seconds for which others wait for the one who asks; longer, and it is taken for dead."""
UNKNOWN_KEPT: Final = 300
"""Seconds before a limit that could not be read is asked for again."""
DEFAULT_PAUSE: Final = 1.0
"""Seconds for which all workers hold back after a 429 that names no time."""
LONGEST_PAUSE: Final = 24 * 3600.0
"""Seconds beyond which a named pause is taken for a mistake and cut."""

CALLS: Final = "kordant:provider_calls"
"""Hash of all calls that ever went out, by `provider|outcome`."""

_VALKEY_TIMEOUT: Final = 2.0
_CLOCK_GRAIN: Final = 0.005
_ASKING_POLL: Final = 0.05


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `amount` requests in any `seconds`."""

    amount: int
    seconds: int


class _Window(RateLimitItemPerSecond):
    """A window that keeps its count when the provider's amount changes."""

    def key_for(self, *identifiers: bytes | str | float) -> str:
        """Name the window without the amount that `limits` would add."""
        return "/".join([self.namespace, *map(str, identifiers)])


class ProviderLimiter:
    """Admission to one provider with one API key. Open it inside the event loop that uses it.

    Args:
        valkey_url: in the canonical form of `ValkeyUrl`.
        provider: the adapter's name; with a fingerprint of the key it names the window.
        api_key: only its truncated SHA-256 leaves this object.
        limit: the window; its amount holds until the provider's own is known (`learn`).
        max_wait: seconds that one `acquire` may wait for room.

    Raises:
        ValueError: a wrong `valkey_url`.
    """

    def __init__(
        self,
        *,
        valkey_url: str,
        provider: str,
        api_key: str,
        limit: RateLimit,
        max_wait: float = 20.0,
    ) -> None:
        self._url = ValkeyUrl.parse(valkey_url)
        self._provider = provider
        self._limit = limit
        self._max_wait = max_wait
        self._fingerprint = hashlib.sha256(api_key.encode()).hexdigest()[:16]
        self._opened: tuple[Redis, MovingWindowRateLimiter] | None = None

    async def __aenter__(self) -> Self:
        # Ignored: redis-py leaves from_url's options untyped.
        valkey = Redis.from_url(  # pyright: ignore[reportUnknownMemberType]
            self._url.redis,
            socket_timeout=_VALKEY_TIMEOUT,
            socket_connect_timeout=_VALKEY_TIMEOUT,
            retry=Retry(NoBackoff(), 1),
        )
        pool: dict[str, Any] = {"connection_pool": valkey.connection_pool}
        storage = RedisStorage(
            self._url.limits, implementation="redispy", key_prefix="kordant:limiter", **pool
        )
        self._opened = valkey, MovingWindowRateLimiter(storage)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            # What was admitted stays admitted, however the connection comes to its end.
            with suppress(RedisError):
                await opened[0].aclose()

    async def acquire(self) -> None:
        """Wait for room in the window and take it.

        Raises:
            RetryableProviderError: no room within `max_wait`; `retry_after` has the seconds left.
            UnavailableProviderError: `limiter_unavailable`.
        """
        clock = asyncio.get_running_loop().time
        deadline = clock() + self._max_wait
        while (wait := await self._seconds_to_room()) > 0:
            if clock() + wait > deadline:
                raise RetryableProviderError(
                    self._provider, detail="our share is spent; not sent", retry_after=wait
                )
            await asyncio.sleep(wait)

    async def pause(self, seconds: float | None) -> None:
        """Hold back all workers, as the provider asked. A pause is never shortened.

        Args:
            seconds: from its `retry-after`; None if it named none.

        Raises:
            UnavailableProviderError: `limiter_unavailable`.
        """
        held = DEFAULT_PAUSE if seconds is None else min(max(seconds, 0.001), LONGEST_PAUSE)
        milliseconds = math.ceil(held * 1000)
        valkey, _ = self._parts
        with self._valkey_errors():
            async with valkey.pipeline(transaction=True) as pipeline:
                pipeline.set(self._key("pause"), 1, px=milliseconds, nx=True)
                pipeline.pexpire(self._key("pause"), milliseconds, gt=True)
                await pipeline.execute()

    async def learn(self, ask: Callable[[], Awaitable[int]]) -> None:
        """Have the provider's own limit known to all workers, asking at most once a day.

        One worker asks, the others wait for its answer. If there is none the default amount holds
        for all, and five minutes later another worker asks again.

        Args:
            ask: reads the provider's limit: requests per window, at least 1.

        Raises:
            UnavailableProviderError: `limiter_unavailable`.
            ProviderError: whatever `ask` raises.
        """
        valkey, _ = self._parts
        if not await self._is_ours_to_ask():
            return
        try:
            amount = await ask()
        except BaseException:
            with self._valkey_errors():
                await valkey.set(self._key("unknown"), 1, ex=UNKNOWN_KEPT)
                await valkey.delete(self._key("asking"))
            raise
        with self._valkey_errors():
            await valkey.set(self._key("amount"), amount, ex=LIMIT_KEPT)
            await valkey.delete(self._key("asking"))

    async def count(self, outcomes: Mapping[str, int]) -> None:
        """Add to the calls that all workers ever made, by outcome; nothing is lost but a count."""
        if self._opened is None:  # nothing metered was asked for
            return
        valkey, _ = self._opened
        with suppress(RedisError, OSError):
            async with valkey.pipeline(transaction=False) as pipeline:
                for outcome, calls in outcomes.items():
                    pipeline.hincrby(CALLS, f"{self._provider}|{outcome}", calls)
                await pipeline.execute()

    async def room(self) -> int:
        """How many requests there is room for now.

        Raises:
            UnavailableProviderError: `limiter_unavailable`.
        """
        valkey, strategy = self._parts
        with self._valkey_errors():
            amount = await valkey.get(self._key("amount"))
            window = _Window(int(amount or self._limit.amount), self._limit.seconds, self._provider)
            return (await strategy.get_window_stats(window, self._fingerprint)).remaining

    async def _is_ours_to_ask(self) -> bool:
        """Whether nobody knows the limit and nobody else is asking; waits while somebody is."""
        valkey, _ = self._parts
        clock = asyncio.get_running_loop().time
        deadline = clock() + ASKING_LASTS
        while clock() < deadline:
            with self._valkey_errors():
                if await valkey.exists(self._key("amount"), self._key("unknown")):
                    return False
                if await valkey.set(self._key("asking"), 1, nx=True, ex=ASKING_LASTS):
                    return True
            await asyncio.sleep(_ASKING_POLL)
        return False

    async def _seconds_to_room(self) -> float:
        """Take room and return 0, or return the seconds after which to try again."""
        valkey, strategy = self._parts
        with self._valkey_errors():
            async with valkey.pipeline(transaction=False) as pipeline:
                pipeline.pttl(self._key("pause"))
                pipeline.get(self._key("amount"))
                pause, amount = await pipeline.execute()
            if pause > 0:
                return pause / 1000 + _CLOCK_GRAIN
            window = _Window(int(amount or self._limit.amount), self._limit.seconds, self._provider)
            if await strategy.hit(window, self._fingerprint):
                return 0.0
            reset = (await strategy.get_window_stats(window, self._fingerprint)).reset_time
            return max(reset - time.time(), 0.0) + _CLOCK_GRAIN

    @property
    def _parts(self) -> tuple[Redis, MovingWindowRateLimiter]:
        if self._opened is None:
            raise RuntimeError("Open the limiter with `async with` before using it")
        return self._opened

    def _key(self, what: str) -> str:
        return f"kordant:limiter:{self._provider}/{self._fingerprint}:{what}"

    @contextmanager
    def _valkey_errors(self) -> Generator[None]:
        try:
            yield
        except (RedisError, OSError) as error:
            raise UnavailableProviderError(
                self._provider, ErrorCode.LIMITER_UNAVAILABLE, type(error).__name__
            ) from None
