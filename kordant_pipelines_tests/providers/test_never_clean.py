"""The worst bug: a fault that reads as "not found". Every broken answer must raise instead."""

import asyncio
import gzip

import pytest

from kordant_pipelines.providers.errors import ErrorCode, ProviderError
from kordant_pipelines.providers.hibp.client import HibpClient
from kordant_pipelines.providers.hibp.proof import ApiProof
from kordant_pipelines.providers.leakcheck.client import LeakCheckKind
from kordant_pipelines.providers.transport import Timeouts

from .opening import hibp_at, leakcheck_at
from .payloads import BREACH_JSON, BREACHES_JSON, NOT_FOUND_JSON, leak_page, leak_row
from .raw_server import Answer, hang, http, json_answer, raw_server

EMAIL = "ada@example.com"
QUERY = "?truncateResponse=false&IncludeUnverified=true"
HTML = b"<html><body>Not Found</body></html>"
CUT = BREACHES_JSON[: len(BREACHES_JSON) // 2]
PROMISED_MORE = b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n" + BREACHES_JSON.encode()
CUT_CHUNK = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n[{"
CUT_HEAD = b"HTTP/1.1 404 Not Found\r\ncontent-le"

MALFORMED, UNAVAILABLE = ErrorCode.MALFORMED_RESPONSE, ErrorCode.UNAVAILABLE
DRIFT, REFUSED = ErrorCode.SCHEMA_DRIFT, ErrorCode.BAD_REQUEST

BROKEN: dict[str, tuple[Answer, ErrorCode]] = {
    "closed without a word": (b"", UNAVAILABLE),
    "not HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n", UNAVAILABLE),
    "cut in the head": (CUT_HEAD, UNAVAILABLE),
    "cut body": (PROMISED_MORE, MALFORMED),
    "cut chunk": (CUT_CHUNK, MALFORMED),
    "cut JSON": (json_answer(200, CUT), MALFORMED),
    "empty 200": (http(200), MALFORMED),
    "HTML 200": (http(200, HTML), MALFORMED),
    "NaN": (json_answer(200, "NaN"), MALFORMED),
    "not UTF-8": (http(200, b'["\xff"]'), MALFORMED),
    "not gzip": (http(200, b"hello", content_encoding="gzip"), MALFORMED),
    "cut gzip": (
        http(200, gzip.compress(BREACHES_JSON.encode())[:60], content_encoding="gzip"),
        MALFORMED,
    ),
    "null": (json_answer(200, "null"), DRIFT),
    "an object": (json_answer(200, "{}"), DRIFT),
    "names only": (json_answer(200, '[{"Name": "Adobe"}]'), DRIFT),
    "no content": (b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n", MALFORMED),
    "accepted": (json_answer(202, "[]"), MALFORMED),
    "a redirect": (http(302, location="https://example.com/"), MALFORMED),
    "a redirect to nonsense": (http(301, location="http://[::"), UNAVAILABLE),
    "not modified": (b"HTTP/1.1 304 Not Modified\r\nconnection: close\r\n\r\n", MALFORMED),
    "gone": (http(410), REFUSED),
}
HIBP_BROKEN: dict[str, tuple[Answer, ErrorCode]] = BROKEN | {
    "an empty list": (json_answer(200, "[]"), DRIFT),
    "HTML 404": (http(404, HTML, content_type="text/html"), MALFORMED),
    "text 404": (http(404, b"404 page not found"), MALFORMED),
    "another API's 404": (json_answer(404, '{"detail": "Not Found"}'), MALFORMED),
    "a 404 that says 200": (json_answer(404, '{"statusCode": 200, "message": ""}'), MALFORMED),
    "cut JSON 404": (json_answer(404, NOT_FOUND_JSON[:-4]), MALFORMED),
    "404 with no end marked": (b"HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n", MALFORMED),
    "404 cut in the body": (b"HTTP/1.1 404 No\r\ncontent-length: 9\r\n\r\n", MALFORMED),
}
LEAKCHECK_BROKEN: dict[str, tuple[Answer, ErrorCode]] = BROKEN | {
    "a list": (json_answer(200, "[]"), DRIFT),
    "no verdict": (json_answer(200, '{"found": 0, "result": []}'), DRIFT),
    "a vague verdict": (json_answer(200, '{"success": "yes", "found": 0}'), DRIFT),
    "no count": (json_answer(200, '{"success": true, "result": []}'), DRIFT),
    "a failure in a 200": (json_answer(200, '{"success": false, "found": 0}'), UNAVAILABLE),
    "found, but no rows": (json_answer(200, leak_page(found=3)), MALFORMED),
    "found, and null": (
        json_answer(200, '{"success": true, "found": 1, "result": null}'),
        MALFORMED,
    ),
    "rows, but none found": (json_answer(200, leak_page(leak_row(), found=0)), DRIFT),
    "no list of rows": (json_answer(200, '{"success": true, "found": 0, "results": []}'), DRIFT),
    "rows without a source": (json_answer(200, leak_page({"origin": {"name": "x"}})), DRIFT),
    "sources without a name": (json_answer(200, leak_page({"source": {"title": "x"}})), DRIFT),
    "a source of another kind": (json_answer(200, leak_page({"source": "x"})), DRIFT),
    "rows of another kind": (json_answer(200, leak_page().replace("[]", '["x"]')), DRIFT),
    "empty 404": (http(404), MALFORMED),
    "JSON 404": (json_answer(404, '{"success": false, "error": "Not found"}'), MALFORMED),
}


@pytest.mark.parametrize("method", ["breached_account", "pastes"])
@pytest.mark.parametrize("case", HIBP_BROKEN)
def test_hibp(case: str, method: str, valkey_url: str, key: str) -> None:
    answer, code = HIBP_BROKEN[case]
    proof = ApiProof()
    proof.record()

    async def ask() -> None:
        async with raw_server(answer) as server:
            async with hibp_at(server.url, valkey_url, key, proof=proof) as client:
                with pytest.raises(ProviderError) as refused:
                    await _call(client, method)
            assert refused.value.code is code
            assert refused.value.provider == "hibp"

    asyncio.run(ask())


@pytest.mark.parametrize("case", LEAKCHECK_BROKEN)
def test_leakcheck(case: str, valkey_url: str, key: str) -> None:
    answer, code = LEAKCHECK_BROKEN[case]

    async def ask() -> None:
        async with raw_server(answer) as server:
            async with leakcheck_at(server.url, valkey_url, key) as client:
                with pytest.raises(ProviderError) as refused:
                    await client.query(EMAIL, LeakCheckKind.EMAIL)
            assert refused.value.code is code
            assert refused.value.provider == "leakcheck"

    asyncio.run(ask())


@pytest.mark.parametrize(
    "not_found", [http(404), json_answer(404, NOT_FOUND_JSON)], ids=["empty", "JSON"]
)
def test_a_404_counts_only_where_the_api_has_shown_itself(
    not_found: bytes, valkey_url: str, key: str
) -> None:
    async def ask(*answers: bytes) -> list[object]:
        async with (
            raw_server(*answers) as server,
            hibp_at(server.url, valkey_url, key) as client,
        ):
            found: list[object] = list(await client.breached_account(EMAIL))
            return [*found, *(request.split()[1] for request in server.requests)]

    seen = asyncio.run(ask(not_found, json_answer(200, BREACH_JSON)))
    assert seen == [f"/breachedaccount/ada%40example.com{QUERY}", "/latestbreach"]

    for impostor in (not_found, http(200, HTML), json_answer(200, "{}")):
        with pytest.raises(ProviderError):
            asyncio.run(ask(not_found, impostor))


def test_the_api_need_not_show_itself_twice(valkey_url: str, key: str) -> None:
    async def ask() -> list[str]:
        answers = (json_answer(200, BREACHES_JSON), http(404))
        async with (
            raw_server(*answers) as server,
            hibp_at(server.url, valkey_url, key) as client,
        ):
            assert len(await client.breached_account(EMAIL)) == 1
            assert await client.pastes(EMAIL) == []
            assert await client.breached_account(EMAIL) == []
            return server.requests

    assert len(asyncio.run(ask())) == 3


def test_a_proof_grows_old() -> None:
    now = 0.0
    proof = ApiProof(clock=lambda: now)
    assert not proof.holds()

    proof.record()
    now = 3599.0
    assert proof.holds()

    now = 3600.0
    assert not proof.holds()


async def _trickle(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 100\r\n\r\n")
    for _ in range(100):
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("answer", "timeouts"),
    [
        (hang, Timeouts(read=0.05)),
        (hang, Timeouts(total=0.05)),
        (_trickle, Timeouts(read=1.0, total=0.1)),
    ],
    ids=["no byte", "no answer", "a byte now and then"],
)
def test_too_slow(answer: Answer, timeouts: Timeouts, valkey_url: str, key: str) -> None:
    async def ask() -> None:
        async with (
            raw_server(answer) as server,
            hibp_at(server.url, valkey_url, key, timeouts=timeouts) as client,
        ):
            with pytest.raises(ProviderError) as refused:
                await client.pastes(EMAIL)
            assert refused.value.code is ErrorCode.TIMEOUT

    asyncio.run(ask())


def test_nobody_there(valkey_url: str, key: str) -> None:
    async def ask() -> None:
        async with raw_server(b"") as server:
            url = server.url
        async with hibp_at(url, valkey_url, key) as client:
            with pytest.raises(ProviderError) as refused:
                await client.breached_account(EMAIL)
            assert refused.value.code is UNAVAILABLE

    asyncio.run(ask())


def test_a_body_without_end(valkey_url: str, key: str) -> None:
    async def flood(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(64):
            writer.write(b" " * 1024 * 1024)
            await writer.drain()

    async def ask() -> None:
        async with (
            raw_server(flood) as server,
            hibp_at(server.url, valkey_url, key) as client,
        ):
            with pytest.raises(ProviderError) as refused:
                await client.breaches()
            assert refused.value.code is MALFORMED
            assert "body over" in str(refused.value)

    asyncio.run(ask())


async def _call(client: HibpClient, method: str) -> object:
    if method == "pastes":
        return await client.pastes(EMAIL)
    return await client.breached_account(EMAIL)
