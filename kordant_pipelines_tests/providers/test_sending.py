"""Senders against exact bytes: what is certain, what is not, and nothing personal in any of it."""

import asyncio
import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from kordant_pipelines.domain.notices import Envelope, SmsContent
from kordant_pipelines.providers.errors import (
    ErrorCode,
    PermanentProviderError,
    ProviderError,
    UnsentProviderError,
)
from kordant_pipelines.providers.limiter import ProviderLimiter
from kordant_pipelines.providers.reply import Reply
from kordant_pipelines.providers.resend.client import ResendSender
from kordant_pipelines.providers.sending import (
    Absent,
    Blocked,
    Outcome,
    Refused,
    Sent,
    TryLater,
    Unknown,
)
from kordant_pipelines.providers.smtp.server import SmtpServer
from kordant_pipelines.providers.transport import ProviderCall, ProviderHttp, Timeouts
from kordant_pipelines.providers.twilio.client import TwilioSender
from kordant_pipelines.providers.twilio.message import encode_message

from .opening import ONCE, WIDE
from .raw_server import Answer, RawServer, hang, http, json_answer, raw_server

PHONE = "+12025550142"
TEXT = "Very secret words. Ref. 0123"
SMS = encode_message(SmsContent(TEXT), Envelope("dlv_1", PHONE), "+15005550006", None)
MAIL = json.dumps({"to": ["ada@example.com"], "subject": "S", "text": TEXT, "html": ""})
SHORT = Timeouts(total=0.3, read=0.3)
SINCE = datetime(2026, 11, 24, 12, tzinfo=UTC)


def _limiter(valkey_url: str, key: str) -> ProviderLimiter:
    return ProviderLimiter(
        valkey_url=valkey_url, provider="test", api_key=key, limit=WIDE, max_wait=1.0
    )


def _twilio(url: str, limiter: ProviderLimiter) -> TwilioSender:
    return TwilioSender(
        base_url=url,
        account_sid="AC1",
        auth_token="token",
        limiter=limiter,
        timeouts=SHORT,
        retries=ONCE,
    )


def _resend(url: str, limiter: ProviderLimiter) -> ResendSender:
    return ResendSender(base_url=url, api_key="re_1", limiter=limiter, timeouts=SHORT, retries=ONCE)


def _send(
    opening: Callable[[str, ProviderLimiter], TwilioSender | ResendSender],
    payload: str,
    answer: Answer,
    valkey_url: str,
    key: str,
) -> tuple[Outcome, RawServer]:
    async def sending() -> tuple[Outcome, RawServer]:
        async with (
            raw_server(answer) as server,
            _limiter(valkey_url, key) as limiter,
            opening(server.url, limiter) as sender,
        ):
            outcome = await sender.send(payload, "dlv_1", lambda: None)
        return outcome, server

    return asyncio.run(sending())


def _refusal(status: int, code: int) -> bytes:
    body = json.dumps({"code": code, "message": f"about {PHONE}", "status": status})
    return json_answer(status, body)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (json_answer(201, '{"sid": "SM1", "status": "queued"}'), Sent("SM1")),
        (_refusal(401, 20003), Blocked("twilio_20003")),
        (_refusal(400, 21606), Blocked("twilio_21606")),
        (_refusal(400, 21408), Refused("twilio_21408")),
        (_refusal(400, 21611), TryLater("twilio_21611")),
        (json_answer(429, '{"code": 20429}', retry_after="7"), TryLater("rate_limited", 7.0)),
        # Whoever answers so may have taken it.
        (_refusal(500, 20500), Unknown("unavailable")),
        (http(503, b"<html>"), Unknown("unavailable")),
        (json_answer(201, '{"status": "queued"}'), Unknown("schema_drift")),
        (json_answer(201, '{"sid": "SM'), Unknown("malformed_response")),
        (http(302, location="https://example.com"), Unknown("malformed_response")),
        (hang, Unknown("timeout")),
        (b"", Unknown("unavailable")),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else getattr(value, "reason", None),
)
def test_what_twilios_answers_mean(
    answer: Answer, outcome: Outcome, valkey_url: str, key: str
) -> None:
    said, server = _send(_twilio, SMS, answer, valkey_url, key)
    assert said == outcome
    assert len(server.requests) == 1  # never again by itself


def _named(status: int, name: str) -> bytes:
    return json_answer(status, json.dumps({"statusCode": status, "name": name, "message": "m"}))


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (json_answer(200, '{"id": "e1"}'), Sent("e1")),
        (_named(401, "missing_api_key"), Blocked("missing_api_key")),
        (_named(403, "validation_error"), Blocked("validation_error")),
        (_named(403, "invalid_from_address"), Blocked("invalid_from_address")),
        (_named(422, "validation_error"), Refused("validation_error")),
        (_named(409, "invalid_idempotent_request"), Refused("invalid_idempotent_request")),
        (
            _named(409, "concurrent_idempotent_requests"),
            TryLater("concurrent_idempotent_requests"),
        ),
        (_named(429, "daily_quota_exceeded"), TryLater("daily_quota_exceeded", 3600.0)),
        (_named(429, "rate_limit_exceeded"), TryLater("rate_limited")),
        (_named(500, "internal_server_error"), TryLater("internal_server_error")),
        (http(502, b"<html>"), Unknown("unavailable")),
        (hang, Unknown("timeout")),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else getattr(value, "reason", None),
)
def test_what_resends_answers_mean(
    answer: Answer, outcome: Outcome, valkey_url: str, key: str
) -> None:
    said, server = _send(_resend, MAIL, answer, valkey_url, key)
    assert said == outcome
    [head] = server.requests
    assert "idempotency-key: dlv_1" in head.lower()


def _listed(**more: str) -> dict[str, str]:
    message = {
        "sid": "SM1",
        "body": f"Sent from a trial account - {TEXT}",
        "direction": "outbound-api",
        "date_created": "Tue, 24 Nov 2026 12:00:30 +0000",
    }
    return message | more


@pytest.mark.parametrize(
    ("messages", "found"),
    [
        ([], Absent()),
        ([_listed()], Sent("SM1")),
        ([_listed(body="Other words", sid="SM0"), _listed()], Sent("SM1")),
        ([_listed(body="Other words")], Absent()),
        ([_listed(direction="inbound")], Absent()),
        ([_listed(date_created="Tue, 24 Nov 2026 11:00:00 +0000")], Absent()),
        ([{"sid": "SM1"}], Unknown("schema_drift")),
    ],
)
def test_twilios_list_tells_what_became_of_a_message(
    messages: list[dict[str, str]], found: object, valkey_url: str, key: str
) -> None:
    async def finding() -> object:
        answer = json_answer(200, json.dumps({"messages": messages}))
        async with (
            raw_server(answer) as server,
            _limiter(valkey_url, key) as limiter,
            _twilio(server.url, limiter) as sender,
        ):
            return await sender.find(SMS, SINCE)

    assert asyncio.run(finding()) == found


def test_a_list_is_read_page_by_page(valkey_url: str, key: str) -> None:
    async def finding() -> tuple[object, list[str]]:
        others = [_listed(body="Other")]
        more = "/2010-04-01/Accounts/AC1/Messages.json?To=%2B1&PageSize=100&Page=1&PageToken=PT"
        first = json.dumps({"messages": others, "next_page_uri": more})
        second = json.dumps({"messages": [_listed()], "next_page_uri": None})
        pages = (json_answer(200, first), json_answer(200, second))
        async with (
            raw_server(*pages) as server,
            _limiter(valkey_url, key) as limiter,
            _twilio(server.url, limiter) as sender,
        ):
            return await sender.find(SMS, SINCE), server.requests

    found, requests = asyncio.run(finding())
    assert found == Sent("SM1")
    assert "Page=1&PageToken=PT" in requests[1]


@pytest.mark.parametrize("answer", [hang, _refusal(400, 21211), http(500, PHONE.encode())])
def test_nothing_personal_is_logged_or_told(
    answer: Answer, valkey_url: str, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    for name in (None, "httpx", "httpcore", "httpcore.http11"):
        caplog.set_level(logging.DEBUG, name or "")
    outcome, _ = _send(_twilio, SMS, answer, valkey_url, key)
    told = repr(outcome) + caplog.text
    for secret in (PHONE, PHONE[1:], "secret", "AC1", "token"):
        assert secret not in told


def _post(url: str, before: Callable[[], None] | None = None) -> ProviderError:
    calls: list[ProviderCall] = []

    async def posting() -> ProviderError:
        async with ProviderHttp(
            "test", base_url=url, key_header={}, limiter=None, timeouts=SHORT, on_call=calls.append
        ) as opened:
            with pytest.raises(ProviderError) as failed:
                await opened.post("x", _status_of, body=b"", headers={}, before=before)
        return failed.value

    error = asyncio.run(posting())
    assert [call.outcome for call in calls] == [error.code.value]
    return error


def _status_of(reply: Reply) -> int:
    return reply.status


def test_a_request_that_found_no_connection_is_known_not_to_have_left() -> None:
    error = _post("http://127.0.0.1:1")
    assert isinstance(error, UnsentProviderError)
    assert error.code is ErrorCode.UNAVAILABLE


def test_who_objects_before_it_leaves_stops_it(valkey_url: str, key: str) -> None:
    class Lost(Exception):
        pass

    def object_() -> None:
        raise Lost

    async def sending() -> list[str]:
        async with (
            raw_server(b"") as server,
            _limiter(valkey_url, key) as limiter,
            _twilio(server.url, limiter) as sender,
        ):
            with pytest.raises(Lost):
                await sender.send(SMS, "dlv_1", object_)
        return server.requests

    assert asyncio.run(sending()) == []


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", SmtpServer("mail.example", 587, tls=False)),
        ("smtps://mail.example", SmtpServer("mail.example", 465, tls=True)),
        (
            "smtp://me%40a:p%2Fw@mail.example:2525",
            SmtpServer("mail.example", 2525, tls=False, username="me@a", password="p/w"),
        ),
    ],
)
def test_a_mail_server_is_read_from_its_url(url: str, server: SmtpServer) -> None:
    assert SmtpServer.parse(url) == server
    assert "p/w" not in repr(SmtpServer.parse(url))


@pytest.mark.parametrize(
    "url",
    ["mail.example", "http://mail.example", "smtp://", "smtp://mail:x", "smtp://mail:0",
     "smtp://mail/path", "smtp://mail?tls=no", "smtp://[::1", ""],
)  # fmt: skip
def test_anything_else_is_no_mail_server(url: str) -> None:
    with pytest.raises(ValueError, match="write smtp://user:password@host:587"):
        SmtpServer.parse(url)


def test_a_bad_base_url_is_said_at_once(valkey_url: str, key: str) -> None:
    with pytest.raises(PermanentProviderError):
        _twilio("nowhere", _limiter(valkey_url, key))
