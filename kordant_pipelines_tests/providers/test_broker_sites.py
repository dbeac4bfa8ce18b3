"""A broker's site on the wire: right results, typed errors, and forms that are sent once."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from kordant_pipelines.domain.removals.people import Person, Residence
from kordant_pipelines.providers.brokers.client import BrokerSite, CaptchaShown
from kordant_pipelines.providers.brokers.filling import Filling
from kordant_pipelines.providers.errors import (
    ErrorCode,
    PermanentProviderError,
    ProviderError,
    RetryableProviderError,
    UnavailableProviderError,
    UnsentProviderError,
)
from kordant_pipelines.providers.limiter import ProviderLimiter
from kordant_pipelines.sandbox.brokers.registry import entry
from kordant_pipelines.sandbox.serve import Sandbox, serving
from kordant_pipelines.sandbox.world.seed import load_seed
from kordant_pipelines.sandbox.world.world import World
from kordant_pipelines_tests.providers.opening import ONCE, WIDE

ADA = Person("Ada Lindqvist", Residence(city="Oakland", region="CA", country="US"))
FILLING = Filling(ADA, "KR-2222-3333-4444", "removals+kr222233334444@kordant.example")

pytestmark = pytest.mark.usefixtures("_sound")


@pytest.fixture
def _sound(sandbox: Sandbox) -> None:
    sandbox.clear_faults()


@asynccontextmanager
async def _site(
    sandbox: Sandbox, valkey_url: str, key: str, url: str | None = None
) -> AsyncGenerator[BrokerSite]:
    seed = sandbox.world.brokers.seed(key)
    assert seed is not None
    broker = entry(seed, "127.0.0.1", sandbox.url)
    if url is not None:
        broker = broker.model_copy(update={"url": url})
    # Windows are per provider: each test's are its own.
    limiter = ProviderLimiter(
        valkey_url=valkey_url, provider=f"broker/{key}", api_key=valkey_url, limit=WIDE
    )
    async with limiter, BrokerSite(broker, limiter=limiter, retries=ONCE) as site:
        yield site


async def _search(sandbox: Sandbox, valkey_url: str, key: str) -> list[str]:
    async with _site(sandbox, valkey_url, key) as site:
        return [one.place async for page in site.search(FILLING) for one in page]


async def _file(sandbox: Sandbox, valkey_url: str, key: str, url: str | None = None) -> None:
    async with _site(sandbox, valkey_url, key, url) as site:
        await site.file(FILLING)


@pytest.mark.parametrize(
    ("key", "places"),
    [("swift", ["Nowhereville, ZZ", "Oakland, CA"]), ("empty", [])],
)
def test_a_search_lists_whom_the_page_shows(
    sandbox: Sandbox, valkey_url: str, key: str, places: list[str]
) -> None:
    assert asyncio.run(_search(sandbox, valkey_url, key)) == places


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ("unavailable", UnavailableProviderError, ErrorCode.UNAVAILABLE),
        ("truncated", UnavailableProviderError, ErrorCode.MALFORMED_RESPONSE),
        ("disconnect", UnavailableProviderError, ErrorCode.MALFORMED_RESPONSE),
        ("rate_limited", RetryableProviderError, ErrorCode.RATE_LIMITED),
        ("schema_drift", PermanentProviderError, ErrorCode.SCHEMA_DRIFT),
    ],
)
@pytest.mark.parametrize("key", ["swift", "empty"])
def test_a_search_that_fails_is_an_error_and_never_nobody(
    sandbox: Sandbox,
    valkey_url: str,
    key: str,
    fault: str,
    kind: type[ProviderError],
    code: ErrorCode,
) -> None:
    sandbox.fault("brokers", fault, times=1)
    with pytest.raises(kind) as failed:
        asyncio.run(_search(sandbox, valkey_url, key))
    assert failed.value.code is code
    assert "Lindqvist" not in str(failed.value)


def test_a_search_of_over_two_thousand_entries_is_read_to_its_end(valkey_url: str) -> None:
    seed = load_seed()
    crowded = next(one for one in seed.brokers if one.key == "crowded")
    many = crowded.model_copy(update={"namesakes": 2100, "page_size": 100})
    with serving(World(seed.model_copy(update={"brokers": (many,)}))) as crowd:
        places = asyncio.run(_search(crowd, valkey_url, "crowded"))
        assert len(places) == 2101
        assert places[-1] == "Oakland, CA"
        assert crowd.call_count("brokers") == 22
    # Past our bound the rest is unknown, not clean.
    endless = many.model_copy(update={"page_size": 40})
    with (
        serving(World(seed.model_copy(update={"brokers": (endless,)}))) as crowd,
        pytest.raises(UnavailableProviderError, match="over 50 pages"),
    ):
        asyncio.run(_search(crowd, valkey_url, "crowded"))


def test_a_page_that_fails_halfway_fails_the_search(sandbox: Sandbox, valkey_url: str) -> None:
    async def search() -> list[str]:
        places: list[str] = []
        async with _site(sandbox, valkey_url, "crowded") as site:
            async for page in site.search(FILLING):
                places += [one.place for one in page]
                sandbox.fault("brokers", "truncated", path_contains="/crowded/search", times=1)
        return places

    with pytest.raises(UnavailableProviderError):
        asyncio.run(search())


def test_a_wall_in_front_of_the_search_is_an_error(sandbox: Sandbox, valkey_url: str) -> None:
    with pytest.raises(PermanentProviderError) as walled:
        asyncio.run(_search(sandbox, valkey_url, "walled"))
    assert walled.value.code is ErrorCode.FORBIDDEN


def test_a_form_is_filed_with_its_hidden_fields(sandbox: Sandbox, valkey_url: str) -> None:
    asyncio.run(_file(sandbox, valkey_url, "parent"))
    [filed] = sandbox.world.brokers.filed("parent")
    assert (filed.reference, filed.reply_to) == (FILLING.reference, FILLING.reply_to)


def test_a_captcha_is_not_gone_around(sandbox: Sandbox, valkey_url: str) -> None:
    with pytest.raises(CaptchaShown):
        asyncio.run(_file(sandbox, valkey_url, "captcha"))
    assert sandbox.world.brokers.filed("captcha") == []


def test_a_form_that_is_another_is_drift(sandbox: Sandbox, valkey_url: str) -> None:
    with pytest.raises(PermanentProviderError) as drifted:
        asyncio.run(_file(sandbox, valkey_url, "redesigned"))
    assert drifted.value.code is ErrorCode.SCHEMA_DRIFT


def test_a_form_that_never_left_is_told_from_one_that_may_have(
    sandbox: Sandbox, valkey_url: str
) -> None:
    async def post(url: str, fault: str | None) -> None:
        async with _site(sandbox, valkey_url, "relisting", url) as site:
            if fault:
                # The form itself is read before the fault is set.
                sandbox.fault("brokers", fault, path_contains="/relisting/optout")
            await site.send_form(FILLING, {"csrf": "f0e1d2c3"})

    with pytest.raises(UnsentProviderError):
        asyncio.run(post("http://127.0.0.1:1/brokers/relisting", None))
    for fault in ("disconnect", "truncated", "unavailable"):
        sandbox.clear_faults()
        with pytest.raises(UnavailableProviderError) as open_fate:
            asyncio.run(post(f"{sandbox.url}/brokers/relisting", fault))
        assert not isinstance(open_fate.value, UnsentProviderError)
    sandbox.clear_faults()
    sandbox.fault("brokers", "unavailable", path_contains="/relisting/optout")
    with pytest.raises(UnsentProviderError):  # the form could not be read, so none was sent
        asyncio.run(_file(sandbox, valkey_url, "relisting"))


def test_the_reference_is_known_once_it_was_filed(sandbox: Sandbox, valkey_url: str) -> None:
    async def knows(reference: str) -> bool | None:
        async with _site(sandbox, valkey_url, "stubborn") as site:
            return await site.knows(Filling(ADA, reference))

    asyncio.run(_file(sandbox, valkey_url, "stubborn"))
    assert asyncio.run(knows(FILLING.reference)) is True
    assert asyncio.run(knows("KR-9999-9999-9999")) is False


def test_a_link_that_leads_elsewhere_is_not_followed(sandbox: Sandbox, valkey_url: str) -> None:
    async def follow(link: str) -> None:
        async with _site(sandbox, valkey_url, "confirming") as site:
            await site.follow(link)

    for link in ("https://evil.example/confirm?token=1", "file:///etc/passwd"):
        with pytest.raises(PermanentProviderError) as refused:
            asyncio.run(follow(link))
        assert refused.value.code is ErrorCode.BAD_REQUEST
