"""The HIBP client's happy paths: what it sends, what it makes of the documents, the key's limit."""

import asyncio
import json
from datetime import UTC, date, datetime

import pytest

from kordant_pipelines.providers.errors import ErrorCode, PermanentProviderError, ProviderError
from kordant_pipelines.providers.hibp.client import HibpClient
from kordant_pipelines.providers.hibp.models import HibpBreach, HibpPaste, HibpSubscription
from kordant_pipelines.providers.limiter import ProviderLimiter, RateLimit

from .opening import ONCE, hibp_at
from .payloads import BREACH_JSON, BREACHES_JSON, PASTES_JSON
from .raw_server import http, json_answer, raw_server

EMAIL = "ada+tag/50%@example.com"


def test_an_account_in_a_breach(valkey_url: str, key: str) -> None:
    async def ask() -> tuple[list[HibpBreach], str]:
        async with (
            raw_server(json_answer(200, BREACHES_JSON)) as server,
            hibp_at(f"{server.url}/api/v3/", valkey_url, key) as client,
        ):
            return await client.breached_account(f" {EMAIL} "), server.requests[0]

    [breach], head = asyncio.run(ask())
    target, _, headers = head.partition("\r\n")
    assert target == (
        "GET /api/v3/breachedaccount/ada%2Btag%2F50%25%40example.com"
        "?truncateResponse=false&IncludeUnverified=true HTTP/1.1"
    )
    assert f"hibp-api-key: {key}" in headers.lower()
    assert "user-agent: kordant-pipelines/" in headers.lower()
    assert breach == HibpBreach(
        name="Adobe",
        title="Adobe",
        domain="adobe.com",
        breach_date=date(2013, 10, 4),
        added_date=datetime(2013, 12, 4, tzinfo=UTC),
        modified_date=datetime(2022, 5, 15, 23, 52, 49, tzinfo=UTC),
        pwn_count=152445165,
        description=(
            'In October 2013, see <a href="https://a.b" rel="noopener noreferrer">this</a>.'
        ),
        data_classes=("Email addresses", "Passwords"),
        is_verified=True,
        is_fabricated=False,
        is_sensitive=False,
        is_retired=False,
        is_spam_list=False,
    )


def test_an_account_in_pastes(valkey_url: str, key: str) -> None:
    async def ask() -> tuple[list[HibpPaste], str]:
        async with (
            raw_server(json_answer(200, PASTES_JSON)) as server,
            hibp_at(server.url, valkey_url, key) as client,
        ):
            return await client.pastes(EMAIL), server.requests[0]

    pastes, head = asyncio.run(ask())
    assert head.split()[1] == "/pasteaccount/ada%2Btag%2F50%25%40example.com"
    assert pastes[0].date == datetime(2014, 3, 4, 19, 14, 54, tzinfo=UTC)
    assert pastes[1] == HibpPaste(source="AdHocUrl", id="http://x.y", email_count=3)


def test_the_catalogue_needs_and_sends_no_key(key: str, valkey_url: str) -> None:
    answers = (json_answer(200, BREACHES_JSON), json_answer(200, BREACH_JSON))

    async def ask(client: HibpClient) -> tuple[int, str]:
        async with client:
            return len(await client.breaches()), (await client.latest_breach()).name

    async def both() -> list[str]:
        async with raw_server(*answers) as server:
            assert await ask(HibpClient(base_url=server.url)) == (1, "Adobe")
        async with raw_server(*answers) as server:
            # A limiter that was never opened would raise: the catalogue must not touch it.
            limiter = ProviderLimiter(
                valkey_url=valkey_url, provider="hibp", api_key=key, limit=RateLimit(1, 60)
            )
            keyed = HibpClient(base_url=server.url, api_key=key, limiter=limiter)
            assert await ask(keyed) == (1, "Adobe")
            return server.requests

    requests = asyncio.run(both())
    assert [request.split()[1] for request in requests] == ["/breaches", "/latestbreach"]
    assert not any("hibp-api-key" in request.lower() for request in requests)


@pytest.mark.parametrize("answer", [http(404), json_answer(200, "[]")], ids=["404", "no breach"])
def test_an_empty_catalogue_is_a_fault(answer: bytes) -> None:
    async def ask() -> None:
        async with (
            raw_server(answer) as server,
            HibpClient(base_url=server.url, retries=ONCE) as client,
        ):
            with pytest.raises(ProviderError):
                await client.breaches()

    asyncio.run(ask())


def test_accounts_need_a_key() -> None:
    async def ask() -> None:
        async with HibpClient(base_url="http://127.0.0.1:9") as client:
            for call in (
                client.breached_account(EMAIL),
                client.pastes(EMAIL),
                client.subscription_status(),
            ):
                with pytest.raises(PermanentProviderError) as refused:
                    await call
                assert refused.value.code is ErrorCode.BAD_KEY
                assert "KORDANT_HIBP_API_KEY" in str(refused.value)

    asyncio.run(ask())


def test_a_key_needs_a_limiter(key: str) -> None:
    with pytest.raises(ValueError, match="needs a limiter"):
        HibpClient(base_url="http://127.0.0.1:9", api_key=key)


STATUS = json.dumps(
    {
        "SubscriptionName": "Core 2",
        "Description": "…",
        "SubscribedUntil": "2027-12-31T01:23:45",
        "Rpm": 3,
    }
)


def test_the_subscription(valkey_url: str, key: str) -> None:
    async def ask() -> HibpSubscription:
        async with (
            raw_server(json_answer(200, STATUS)) as server,
            hibp_at(server.url, valkey_url, key) as client,
        ):
            return await client.subscription_status()

    status = asyncio.run(ask())
    assert status.rpm == 3
    assert status.subscribed_until == datetime(2027, 12, 31, 1, 23, 45, tzinfo=UTC)


def test_the_keys_own_limit_is_read_once_and_kept_to(valkey_url: str, key: str) -> None:
    async def ask() -> list[str]:
        answers = (json_answer(200, STATUS), json_answer(200, BREACHES_JSON))
        async with (
            raw_server(*answers) as server,
            hibp_at(server.url, valkey_url, key, learned=False, max_wait=0.0) as client,
        ):
            await client.breached_account(EMAIL)
            await client.breached_account(EMAIL)
            with pytest.raises(ProviderError) as refused:
                await client.breached_account(EMAIL)
            assert refused.value.code is ErrorCode.RATE_LIMITED
            return [request.split()[1].split("/")[1] for request in server.requests]

    assert asyncio.run(ask()) == ["subscription", "breachedaccount", "breachedaccount"]


@pytest.mark.parametrize(
    "answer",
    [http(503), json_answer(200, '{"Rpm": null}'), json_answer(200, '{"Rpm": 0}')],
    ids=["unavailable", "missing", "zero"],
)
def test_an_unreadable_limit_leaves_the_default(
    answer: bytes, valkey_url: str, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def ask() -> int:
        async with (
            raw_server(answer, json_answer(200, BREACHES_JSON)) as server,
            hibp_at(server.url, valkey_url, key, learned=False) as client,
        ):
            return len(await client.breached_account(EMAIL))

    assert asyncio.run(ask()) == 1
    assert "stays at the default" in caplog.text


def test_a_key_refused_while_reading_the_limit_is_not_hidden(valkey_url: str, key: str) -> None:
    async def ask() -> int:
        async with (
            raw_server(http(401)) as server,
            hibp_at(server.url, valkey_url, key, learned=False) as client,
        ):
            with pytest.raises(PermanentProviderError) as refused:
                await client.breached_account(EMAIL)
            assert refused.value.code is ErrorCode.BAD_KEY
            return len(server.requests)

    assert asyncio.run(ask()) == 1


def test_drift_is_told_by_field_not_by_value(valkey_url: str, key: str) -> None:
    drifted = json.dumps([json.loads(BREACH_JSON) | {"AddedDate": "someday", "PwnCount": "many"}])

    async def ask() -> str:
        async with (
            raw_server(json_answer(200, drifted)) as server,
            hibp_at(server.url, valkey_url, key) as client,
        ):
            with pytest.raises(PermanentProviderError) as refused:
                await client.breached_account(EMAIL)
            return str(refused.value)

    said = asyncio.run(ask())
    assert "0.AddedDate datetime" in said
    assert "0.PwnCount int_parsing" in said
    assert "someday" not in said
    assert "many" not in said
