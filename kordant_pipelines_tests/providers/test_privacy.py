"""No identifier, password, key or URL in any error, traceback, log record or repr."""

import asyncio
import json
import logging
import pickle
import traceback

import pytest

from kordant_pipelines.providers.errors import ErrorCode, PermanentProviderError, ProviderError
from kordant_pipelines.providers.hibp.client import HibpClient
from kordant_pipelines.providers.leakcheck.client import LeakCheckClient, LeakCheckKind
from kordant_pipelines.providers.limiter import ProviderLimiter
from kordant_pipelines.providers.transport import ProviderCall, Timeouts

from .opening import QUICK, WIDE, hibp_at, leakcheck_at
from .payloads import BREACHES_JSON, LEAKED_PASSWORD, NOT_FOUND_JSON, leak_page, leak_row
from .raw_server import Answer, hang, http, json_answer, raw_server

EMAIL = "ada.lovelace@example.com"
SECRETS = ("ada.lovelace", "lovelace%40", LEAKED_PASSWORD, "breachedaccount/ada")

ECHO = json.dumps({"success": False, "statusCode": 400, "message": EMAIL, "error": EMAIL})
BAD_ROW = leak_row(source={"name": [EMAIL], "unverified": LEAKED_PASSWORD})
FAULTS: list[Answer] = [
    b"",
    hang,
    http(302, location=f"https://example.com/{EMAIL}"),
    http(200, f"<html>{EMAIL}</html>".encode()),
    json_answer(200, f'[{{"Name": "{EMAIL}"'),
    json_answer(200, json.dumps([{"Name": EMAIL, "IsVerified": EMAIL}])),
    json_answer(200, json.dumps({"success": True, "found": 1, "result": [BAD_ROW]})),
    json_answer(200, json.dumps({"success": EMAIL, EMAIL: EMAIL})),
    json_answer(400, ECHO),
    json_answer(401, ECHO),
    json_answer(403, ECHO),
    json_answer(404, ECHO),
    json_answer(429, ECHO, retry_after="60"),
    json_answer(503, ECHO),
]


def everything_said_by(error: BaseException) -> str:
    """What a log, Dagster's event record or an error tracker could make of it."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or link.__context__
    # Dagster and error trackers follow suppressed contexts too.
    said = [repr(each) + str(each) + repr(vars(each)) for each in chain]
    return "\n".join([*said, *traceback.format_exception(error)])


@pytest.mark.parametrize("number", range(len(FAULTS)))
def test_errors_and_logs(
    number: int,
    valkey_url: str,
    key: str,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def ask() -> list[ProviderError]:
        errors: list[ProviderError] = []
        async with raw_server(FAULTS[number]) as server:
            async with hibp_at(
                server.url, valkey_url, key, retries=QUICK, timeouts=Timeouts(read=0.05)
            ) as hibp:
                set_every_logger_to_debug(caplog)
                for call in (hibp.breached_account(EMAIL), hibp.pastes(EMAIL)):
                    with pytest.raises(ProviderError) as refused:
                        await call
                    errors.append(refused.value)
            async with leakcheck_at(server.url, valkey_url, key) as leakcheck:
                for kind in LeakCheckKind:
                    if FAULTS[number] is hang:
                        break
                    with pytest.raises(ProviderError) as refused:
                        await leakcheck.query(f"{EMAIL}17", kind)
                    errors.append(refused.value)
        return errors

    for error in asyncio.run(ask()):
        said = everything_said_by(error) + pickle.dumps(error).decode("latin-1")
        assert not [secret for secret in (*SECRETS, key) if secret in said]
        assert "http://" not in said
    # Retries are announced by stamina, on standard output where structlog is installed.
    logged = caplog.text + "".join(capsys.readouterr())
    assert not [secret for secret in (*SECRETS, key) if secret in logged]


def set_every_logger_to_debug(caplog: pytest.LogCaptureFixture) -> None:
    """As a logging configuration applied after the client was opened may do."""
    for name in (None, "httpx", "httpcore", "httpcore.http11", "httpcore.connection"):
        caplog.set_level(logging.DEBUG, name or "")


def test_successful_calls_log_nothing_of_the_request(
    valkey_url: str, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def ask() -> int:
        page = json_answer(200, leak_page(leak_row()), x_echo=EMAIL)
        async with (
            raw_server(
                json_answer(200, BREACHES_JSON), json_answer(404, NOT_FOUND_JSON), page
            ) as s,
            hibp_at(s.url, valkey_url, key) as hibp,
            leakcheck_at(s.url, valkey_url, key) as leakcheck,
        ):
            set_every_logger_to_debug(caplog)
            found = await hibp.breached_account(EMAIL)
            none = await hibp.pastes(EMAIL)
            rows = (await leakcheck.query("adalovelace", LeakCheckKind.USERNAME)).rows
            logging.getLogger("kordant_pipelines").debug("captured")
            return len(found) + len(none) + len(rows)

    assert asyncio.run(ask()) == 2
    assert "captured" in caplog.text
    assert not [s for s in (*SECRETS, "adalovelace", key) if s in caplog.text]
    assert not [record for record in caplog.records if record.name.startswith("http")]


def test_what_leaked_is_dropped_with_the_row(valkey_url: str, key: str) -> None:
    async def ask() -> str:
        rows = [
            leak_row(),
            leak_row(first_name="Augusta", dob="1815-12-10", fields=["dob", LEAKED_PASSWORD]),
            leak_row(**{LEAKED_PASSWORD: "as a key", "fields": [{"x": LEAKED_PASSWORD}, 7]}),
        ]
        async with (
            raw_server(json_answer(200, leak_page(*rows))) as server,
            leakcheck_at(server.url, valkey_url, key) as client,
        ):
            result = await client.query(EMAIL, LeakCheckKind.EMAIL)
            assert len(result.rows) == 3
            assert all(row.password_present for row in result.rows)
            return repr(result) + result.model_dump_json() + repr(pickle.dumps(result))

    said = asyncio.run(ask())
    for leaked in (LEAKED_PASSWORD, "ada@example.com", "ada1815", "Augusta", "1815-12-10"):
        assert leaked not in said


def test_an_email_goes_to_leakcheck_as_its_hash_only(valkey_url: str, key: str) -> None:
    async def ask() -> str:
        async with (
            raw_server(json_answer(200, leak_page())) as server,
            leakcheck_at(server.url, valkey_url, key) as client,
        ):
            assert (await client.query("  Ada@Example.com ", LeakCheckKind.EMAIL)).rows == ()
            return server.requests[0]

    head = asyncio.run(ask())
    # The output of: printf ada@example.com | sha256sum
    digest = "b5fc85e55755f9e0d030a10ab4429b6b2944855f9a0d60077fe832becbc41d72"
    assert head.split()[1] == f"/query/{digest}?type=hash&limit=1000&offset=0"
    assert "example.com" not in head.lower()


def test_what_the_hook_is_told(valkey_url: str, key: str) -> None:
    told: list[ProviderCall] = []

    async def ask() -> None:
        answers = (json_answer(503, ECHO), json_answer(200, BREACHES_JSON))
        async with (
            raw_server(*answers) as server,
            hibp_at(server.url, valkey_url, key, retries=QUICK, on_call=told.append) as client,
        ):
            await client.breached_account(EMAIL)

    asyncio.run(ask())
    assert [(call.provider, call.endpoint, call.outcome) for call in told] == [
        ("hibp", "breachedaccount/{value}", "unavailable"),
        ("hibp", "breachedaccount/{value}", "answered"),
    ]
    assert all(0 < call.seconds < 5 for call in told)


@pytest.mark.parametrize(
    "wrong", ["", "0" * 31, "0" * 33, "g" * 32, "0" * 31 + "\n", "0" * 32 + "\n"]
)
def test_a_malformed_hibp_key_is_refused_at_once(wrong: str, valkey_url: str) -> None:
    limiter = ProviderLimiter(valkey_url=valkey_url, provider="hibp", api_key=wrong, limit=WIDE)
    with pytest.raises(PermanentProviderError) as refused:
        HibpClient(base_url="https://example.com", api_key=wrong, limiter=limiter)

    assert refused.value.code is ErrorCode.BAD_KEY
    assert "KORDANT_HIBP_API_KEY" in str(refused.value)
    assert not wrong.strip() or wrong.strip() not in everything_said_by(refused.value)


@pytest.mark.parametrize("wrong", ["", "two words", "key\r\nX-Evil: 1", "clé"])
def test_a_malformed_leakcheck_key_is_refused_at_once(wrong: str, valkey_url: str) -> None:
    limiter = ProviderLimiter(valkey_url=valkey_url, provider="leakcheck", api_key="k", limit=WIDE)
    with pytest.raises(PermanentProviderError) as refused:
        LeakCheckClient(base_url="https://example.com", api_key=wrong, limiter=limiter)

    assert "KORDANT_LEAKCHECK_API_KEY" in str(refused.value)
    assert not wrong or wrong not in str(refused.value)


@pytest.mark.parametrize(
    "wrong", ["", "haveibeenpwned.com", "ftp://x/y", "https://", "http://x?y=1"]
)
def test_a_base_url_that_is_none_is_refused_at_once(wrong: str) -> None:
    with pytest.raises(PermanentProviderError) as refused:
        HibpClient(base_url=wrong)

    assert "KORDANT_HIBP_URL" in str(refused.value)


@pytest.mark.parametrize("value", ["", "..", ".", "ada\ud800@example.com", "a@b\x00c", "ada"])
def test_what_is_no_identifier_is_refused_without_asking(
    value: str, valkey_url: str, key: str
) -> None:
    async def ask() -> int:
        async with (
            raw_server(http(404)) as server,
            hibp_at(server.url, valkey_url, key) as hibp,
            leakcheck_at(server.url, valkey_url, key) as leakcheck,
        ):
            for call in (hibp.pastes(value), leakcheck.query(value, LeakCheckKind.EMAIL)):
                with pytest.raises(PermanentProviderError) as refused:
                    await call
                assert refused.value.code is ErrorCode.BAD_REQUEST
                assert not value.strip(".") or value not in everything_said_by(refused.value)
            if value != "ada":
                with pytest.raises(PermanentProviderError):
                    await leakcheck.query(value, LeakCheckKind.USERNAME)
            return len(server.requests)

    assert asyncio.run(ask()) == 0
