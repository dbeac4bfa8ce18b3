"""Every documented status of either provider, and the waits that some of them ask for."""

import asyncio
import json
import time

import pytest

from kordant_pipelines.providers.errors import (
    ErrorCode,
    PermanentProviderError,
    ProviderError,
    RetryableProviderError,
    UnavailableProviderError,
)
from kordant_pipelines.providers.leakcheck.client import LeakCheckKind
from kordant_pipelines.providers.retrying import RetryBudget

from .opening import ONCE, QUICK, hibp_at, leakcheck_at
from .payloads import BREACHES_JSON
from .raw_server import http, json_answer, raw_server

EMAIL = "ada@example.com"


def hibp_says(status: int, **headers: str) -> bytes:
    body = json.dumps({"statusCode": status, "message": f"about {EMAIL}"})
    return json_answer(status, body, **headers)


def leakcheck_says(status: int, error: str) -> bytes:
    return json_answer(status, json.dumps({"success": False, "error": error}))


async def ask_hibp(
    valkey_url: str, key: str, *answers: bytes, retries: RetryBudget = ONCE
) -> tuple[list[str] | ProviderError, int]:
    """Names of the breaches found, or the error; and how many requests that took."""
    async with (
        raw_server(*answers) as server,
        hibp_at(server.url, valkey_url, key, retries=retries) as client,
    ):
        try:
            breaches = await client.breached_account(EMAIL)
        except ProviderError as error:
            return error, len(server.requests)
        return [breach.name for breach in breaches], len(server.requests)


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, PermanentProviderError, ErrorCode.BAD_REQUEST),
        (401, PermanentProviderError, ErrorCode.BAD_KEY),
        (403, PermanentProviderError, ErrorCode.FORBIDDEN),
        (408, UnavailableProviderError, ErrorCode.TIMEOUT),
        (429, RetryableProviderError, ErrorCode.RATE_LIMITED),
        (500, UnavailableProviderError, ErrorCode.UNAVAILABLE),
        (503, UnavailableProviderError, ErrorCode.UNAVAILABLE),
        (524, UnavailableProviderError, ErrorCode.UNAVAILABLE),
    ],
)
def test_hibp(
    status: int, kind: type[ProviderError], code: ErrorCode, valkey_url: str, key: str
) -> None:
    error, _ = asyncio.run(ask_hibp(valkey_url, key, hibp_says(status)))

    assert isinstance(error, kind)
    assert error.code is code
    assert f"status {status}" in str(error)


@pytest.mark.parametrize(
    ("status", "text", "kind", "code"),
    [
        (401, "Missing X-API-Key header", PermanentProviderError, ErrorCode.BAD_KEY),
        (400, "Invalid X-API-Key", PermanentProviderError, ErrorCode.BAD_KEY),
        (400, "Invalid query", PermanentProviderError, ErrorCode.BAD_REQUEST),
        (400, "Too short query (< 3 characters)", PermanentProviderError, ErrorCode.BAD_REQUEST),
        (400, "Something new", PermanentProviderError, ErrorCode.BAD_REQUEST),
        (403, "Active plan required", PermanentProviderError, ErrorCode.FORBIDDEN),
        (422, "Could not determine search type", PermanentProviderError, ErrorCode.BAD_REQUEST),
        (429, "Too many requests", RetryableProviderError, ErrorCode.RATE_LIMITED),
        (502, "", UnavailableProviderError, ErrorCode.UNAVAILABLE),
        (200, "Invalid X-API-Key", PermanentProviderError, ErrorCode.BAD_KEY),
        (200, "Limit reached", PermanentProviderError, ErrorCode.FORBIDDEN),
        (200, "Too many requests", RetryableProviderError, ErrorCode.RATE_LIMITED),
        (200, "Something new", UnavailableProviderError, ErrorCode.UNAVAILABLE),
    ],
)
def test_leakcheck(
    status: int,
    text: str,
    kind: type[ProviderError],
    code: ErrorCode,
    valkey_url: str,
    key: str,
) -> None:
    async def ask() -> ProviderError:
        async with (
            raw_server(leakcheck_says(status, text)) as server,
            leakcheck_at(server.url, valkey_url, key) as client,
        ):
            with pytest.raises(ProviderError) as refused:
                await client.query(EMAIL, LeakCheckKind.EMAIL)
            return refused.value

    error = asyncio.run(ask())
    assert type(error) is kind
    assert error.code is code


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("17", 17.0), ("0", None), ("-3", None), ("nan", None), ("inf", None), ("soon", None)],
)
def test_the_wait_a_429_names(
    header: str, seconds: float | None, valkey_url: str, key: str
) -> None:
    error, _ = asyncio.run(ask_hibp(valkey_url, key, hibp_says(429, retry_after=header)))

    assert isinstance(error, RetryableProviderError)
    assert error.retry_after == seconds


def test_a_hiccup_is_retried(valkey_url: str, key: str) -> None:
    answers = (hibp_says(503), b"", json_answer(200, BREACHES_JSON))

    assert asyncio.run(ask_hibp(valkey_url, key, *answers, retries=QUICK)) == (["Adobe"], 3)


def test_tries_are_bounded(valkey_url: str, key: str) -> None:
    error, requests = asyncio.run(ask_hibp(valkey_url, key, hibp_says(503), retries=QUICK))

    assert isinstance(error, UnavailableProviderError)
    assert requests == QUICK.attempts


@pytest.mark.parametrize("status", [400, 401, 403])
def test_what_cannot_be_helped_is_not_retried(status: int, valkey_url: str, key: str) -> None:
    _, requests = asyncio.run(ask_hibp(valkey_url, key, hibp_says(status), retries=QUICK))

    assert requests == 1


def test_waits_together_stay_within_the_budget(valkey_url: str, key: str) -> None:
    budget = RetryBudget(attempts=10, total_wait=0.1, first_wait=0.03, chance=lambda: 0.0)

    started = time.monotonic()
    _, requests = asyncio.run(ask_hibp(valkey_url, key, hibp_says(500), retries=budget))

    assert requests == 3, "0.03 and 0.06 fit into 0.1 s, 0.12 more does not"
    assert 0.09 <= time.monotonic() - started < 1.0


def test_a_named_wait_is_kept_and_then_tried_again(valkey_url: str, key: str) -> None:
    answers = (hibp_says(429, retry_after="0.3"), json_answer(200, BREACHES_JSON))

    started = time.monotonic()
    assert asyncio.run(ask_hibp(valkey_url, key, *answers, retries=QUICK)) == (["Adobe"], 2)
    assert 0.3 <= time.monotonic() - started < 1.0


def test_a_wait_beyond_the_budget_is_the_callers_and_holds_back_all_workers(
    valkey_url: str, key: str
) -> None:
    async def two_workers() -> tuple[ProviderError, ProviderError, int]:
        refused: list[ProviderError] = []
        async with (
            raw_server(hibp_says(429, retry_after="30")) as server,
            hibp_at(server.url, valkey_url, key, retries=QUICK) as one,
            hibp_at(server.url, valkey_url, key, retries=QUICK) as other,
        ):
            for client in (one, other):
                with pytest.raises(RetryableProviderError) as error:
                    await client.breached_account(EMAIL)
                refused.append(error.value)
            return refused[0], refused[1], len(server.requests)

    told, held_back, requests = asyncio.run(two_workers())
    assert isinstance(told, RetryableProviderError)
    assert told.retry_after == 30.0
    assert isinstance(held_back, RetryableProviderError)
    assert held_back.retry_after == pytest.approx(30.0, abs=2)
    assert requests == 1, "the second worker must not have asked"


def test_without_valkey_the_provider_is_not_asked(
    tmp_path_factory: pytest.TempPathFactory, key: str
) -> None:
    nowhere = f"unix://{tmp_path_factory.getbasetemp()}/none.sock?db=0"

    async def ask() -> tuple[ProviderError, int]:
        async with raw_server(http(404)) as server:
            async with hibp_at(server.url, nowhere, key, learned=False) as client:
                with pytest.raises(ProviderError) as refused:
                    await client.breached_account(EMAIL)
            return refused.value, len(server.requests)

    error, requests = asyncio.run(ask())
    assert error.code is ErrorCode.LIMITER_UNAVAILABLE
    assert requests == 0
