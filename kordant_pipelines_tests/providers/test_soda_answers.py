"""SODA's envelopes, and results that shift under their pages, byte for byte."""

import asyncio
import json

import pytest
from pydantic import TypeAdapter

from kordant_pipelines.providers.errors import (
    ErrorCode,
    PermanentProviderError,
    ProviderError,
    UnavailableProviderError,
)
from kordant_pipelines.providers.philadelphia.client import PhiladelphiaClient

from .opening import attom_at, philadelphia_at, soda_at
from .raw_server import http, json_answer, raw_server

ROWS: TypeAdapter[list[dict[str, str]]] = TypeAdapter(list[dict[str, str]])


def _page(*ids: int) -> bytes:
    return json_answer(200, json.dumps([{":id": f"row-{n}", "pin": "1"} for n in ids]))


def _count(n: int) -> bytes:
    return json_answer(200, json.dumps([{"n": str(n)}]))


async def _select(valkey_url: str, *answers: bytes) -> tuple[list[dict[str, str]], list[str]]:
    async with (
        raw_server(*answers) as server,
        soda_at(server.url, valkey_url, page_size=2, token="aToken") as soda,
    ):
        rows = await soda.select("wvhk-k5uv", ROWS, ("pin",), {"pin": "1"})
        return rows, server.requests


def test_pages_that_a_server_cuts_short_are_not_the_whole_result(valkey_url: str) -> None:
    async def select() -> None:
        cut = _page(*range(200))
        async with (
            raw_server(cut, _count(350), cut, _count(350)) as server,
            soda_at(server.url, valkey_url, page_size=1000, token="aToken") as soda,
        ):
            await soda.select("wvhk-k5uv", ROWS, ("pin",), {"pin": "1"})

    with pytest.raises(UnavailableProviderError) as caught:
        asyncio.run(select())
    assert caught.value.code is ErrorCode.MALFORMED_RESPONSE


def test_a_query_names_its_columns_its_order_its_window_and_the_token(valkey_url: str) -> None:
    rows, [head] = asyncio.run(_select(valkey_url, _page(1)))
    assert rows == [{":id": "row-1", "pin": "1"}]
    target = head.split()[1]
    assert target.startswith("/wvhk-k5uv.json?pin=1&")
    for part in ("%24select=%3Aid%2Cpin", "%24order=pin%2C%3Aid", "%24limit=2", "%24offset=0"):
        assert part in target
    assert "x-app-token: atoken" in head.lower()


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (
            400,
            {"message": "No such column: x", "errorCode": "query.soql.no-such-column", "data": {}},
            PermanentProviderError,
            ErrorCode.SCHEMA_DRIFT,
        ),
        (
            400,
            {"message": "…", "errorCode": "query.compiler.malformed"},
            PermanentProviderError,
            ErrorCode.BAD_REQUEST,
        ),
        (
            404,
            {"code": "dataset.missing", "error": True, "message": "Not found"},
            PermanentProviderError,
            ErrorCode.SCHEMA_DRIFT,
        ),
        (404, {"detail": "Not Found"}, UnavailableProviderError, ErrorCode.MALFORMED_RESPONSE),
        (
            403,
            {"code": "permission_denied", "error": True, "message": "Invalid app_token specified"},
            PermanentProviderError,
            ErrorCode.BAD_KEY,
        ),
        (
            403,
            {"code": "permission_denied", "error": True, "message": "You must be logged in"},
            PermanentProviderError,
            ErrorCode.FORBIDDEN,
        ),
        (200, {"error": True}, PermanentProviderError, ErrorCode.SCHEMA_DRIFT),
        (200, [{"pin": "1"}], PermanentProviderError, ErrorCode.SCHEMA_DRIFT),
        (200, [1], PermanentProviderError, ErrorCode.SCHEMA_DRIFT),
    ],
)
def test_both_envelopes(
    status: int, body: object, kind: type[ProviderError], code: ErrorCode, valkey_url: str
) -> None:
    with pytest.raises(kind) as refused:
        asyncio.run(_select(valkey_url, json_answer(status, json.dumps(body))))
    assert refused.value.code is code


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_refusal_that_is_no_envelope(status: int, valkey_url: str) -> None:
    with pytest.raises(ProviderError) as refused:
        asyncio.run(_select(valkey_url, http(status, b"<html>Access denied</html>")))
    assert refused.value.code is not ErrorCode.SCHEMA_DRIFT


def test_rows_that_shift_between_pages_are_read_again(valkey_url: str) -> None:
    rows, requests = asyncio.run(
        _select(valkey_url, _page(1, 2), _page(2), _count(3), _page(1, 2), _page(3), _count(3))
    )
    assert [row[":id"] for row in rows] == ["row-1", "row-2", "row-3"]
    assert len(requests) == 6


def test_rows_that_do_not_stop_shifting_are_no_answer(valkey_url: str) -> None:
    with pytest.raises(UnavailableProviderError) as refused:
        asyncio.run(
            _select(valkey_url, _page(1, 2), _page(2), _count(3), _page(1, 2), _page(2), _count(3))
        )
    assert refused.value.code is ErrorCode.MALFORMED_RESPONSE


@pytest.mark.parametrize("later", [http(503), _page(3)[:-9], json_answer(200, "{}")])
def test_a_fault_on_a_later_page_leaves_no_half_answer(later: bytes, valkey_url: str) -> None:
    with pytest.raises(ProviderError):
        asyncio.run(_select(valkey_url, _page(1, 2), later))


def test_a_full_last_page_is_followed_by_a_look_at_the_next(valkey_url: str) -> None:
    rows, requests = asyncio.run(_select(valkey_url, _page(1, 2), _page(), _count(2)))
    assert (len(rows), len(requests)) == (2, 3)


async def _transfers(client: PhiladelphiaClient) -> object:
    return await client.transfers("999000101")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (json_answer(400, '{"error": ["column \\"x\\" does not exist"]}'), ErrorCode.SCHEMA_DRIFT),
        (json_answer(400, '{"error": ["syntax error"]}'), ErrorCode.BAD_REQUEST),
        (json_answer(400, '"no"'), ErrorCode.BAD_REQUEST),
        (json_answer(200, '{"rows": [{"cartodb_id": 1}]}'), ErrorCode.SCHEMA_DRIFT),
        (json_answer(200, '{"time": 1}'), ErrorCode.SCHEMA_DRIFT),
        (json_answer(429, '{"error": ["over the limits"]}'), ErrorCode.RATE_LIMITED),
        (http(202), ErrorCode.UNAVAILABLE),
    ],
)
def test_carto(answer: bytes, code: ErrorCode, valkey_url: str) -> None:
    async def ask() -> None:
        async with (
            raw_server(answer) as server,
            philadelphia_at(server.url, valkey_url) as client,
        ):
            await _transfers(client)

    with pytest.raises(ProviderError) as refused:
        asyncio.run(ask())
    assert refused.value.code is code


STATUS = '"status": {"code": %d, "msg": "%s"}'


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (json_answer(200, "{%s}" % (STATUS % (0, "SuccessWithResult"))), ErrorCode.SCHEMA_DRIFT),
        (
            json_answer(200, '{%s, "property": [{}]}' % (STATUS % (0, "SuccessWithResult"))),
            ErrorCode.SCHEMA_DRIFT,
        ),
        (json_answer(200, "{%s}" % (STATUS % (-4, "Invalid"))), ErrorCode.BAD_REQUEST),
        (json_answer(200, "{}"), ErrorCode.SCHEMA_DRIFT),
        (json_answer(400, "{%s}" % (STATUS % (210, "Invalid Parameter"))), ErrorCode.BAD_REQUEST),
        (http(400, b"<html></html>"), ErrorCode.BAD_REQUEST),
        (http(401), ErrorCode.BAD_KEY),
        (http(202), ErrorCode.UNAVAILABLE),
    ],
)
def test_attom(answer: bytes, code: ErrorCode, valkey_url: str, key: str) -> None:
    async def ask() -> None:
        async with raw_server(answer) as server, attom_at(server.url, valkey_url, key) as client:
            await client.detail("12 ELM ST", "AUSTIN, TX")

    with pytest.raises(ProviderError) as refused:
        asyncio.run(ask())
    assert refused.value.code is code


def test_attom_in_any_casing_and_with_one_mortgage_or_many(valkey_url: str, key: str) -> None:
    detail = {
        "Status": {"Code": 0, "Msg": "SuccessWithResult"},
        "Property": [
            {
                "Owner": {
                    "Owner1": {"lastName": "Lovelace", "firstNameAndMi": "Ada M"},
                    "owner2": {"LASTNAME": None},
                },
                "MORTGAGE": {"Amount": 300000.0, "date": "2015-6-9", "Lender": {"Name": "A Bank"}},
                "vintage": {"pubDate": "2026-11-01"},
            }
        ],
    }

    async def ask() -> tuple[object, ...]:
        async with (
            raw_server(json_answer(200, json.dumps(detail))) as server,
            attom_at(server.url, valkey_url, key) as client,
        ):
            found = await client.detail("12 ELM ST", "AUSTIN, TX")
            assert found is not None
            [mortgage] = found.mortgage
            assert mortgage.lender is not None
            return found.owner.names, mortgage.amount, str(mortgage.date), mortgage.lender.name

    assert asyncio.run(ask()) == (("Lovelace, Ada M",), 300000, "2015-06-09", "A Bank")


def test_attom_knows_nothing_of_an_address_that_several_homes_share(
    valkey_url: str, key: str
) -> None:
    flats = [{"owner": {"owner1": {"fullName": name}}} for name in ("Ada Lovelace", "Anne Byron")]
    several = {"status": {"code": 0, "msg": "SuccessWithResult"}, "property": flats}

    async def ask() -> object:
        async with (
            raw_server(json_answer(200, json.dumps(several))) as server,
            attom_at(server.url, valkey_url, key) as client,
        ):
            return await client.detail("12 ELM ST", "AUSTIN, TX")

    assert asyncio.run(ask()) is None
