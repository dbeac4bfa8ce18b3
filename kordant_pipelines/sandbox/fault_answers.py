"""What each fault looks like on the wire."""

import json
from collections.abc import Callable, Mapping
from typing import cast

from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from kordant_pipelines.sandbox.bench import Bench
from kordant_pipelines.sandbox.faults import Fault, FaultKind
from kordant_pipelines.sandbox.provider import Provider

CUT_JSON = b'[{"Na'
"""Sent cut off in place of an answer that has no JSON to cut."""

_SOUND = (200, 201)


def broken_answer(
    fault: Fault, provider: Provider, bench: Bench, answer: Callable[[], Response]
) -> ASGIApp:
    """The answer as the fault leaves it; `answer` makes the sound one, where it is needed."""
    match fault.kind:
        case FaultKind.RATE_LIMITED:
            return provider.rate_limited(fault.retry_after)
        case FaultKind.BAD_KEY:
            return provider.bad_key()
        case FaultKind.UNAVAILABLE:
            return _edge_page(503, "Service Temporarily Unavailable")
        case FaultKind.TIMEOUT:
            return _edge_page(524, "A timeout occurred")
        case FaultKind.TRUNCATED:
            return Response(_half(_json_body(answer())), media_type="application/json")
        case FaultKind.DISCONNECT:
            return CutShort(_json_body(answer()))
        case FaultKind.SCHEMA_DRIFT:
            sound = answer()
            drifted = _drifted(sound, provider.drift)
            if drifted is None:
                bench.faults.give_back(fault)
            return drifted or sound


class CutShort:
    """Promises the whole body, sends half and leaves: the server then drops the connection."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the start of the answer and no end."""
        del scope, receive
        length = str(len(self._body)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": _half(self._body), "more_body": True})


def _json_body(answer: Response) -> bytes:
    body = bytes(answer.body)
    return body if answer.status_code in _SOUND and len(body) > 2 else CUT_JSON * 2


def _half(body: bytes) -> bytes:
    return body[: len(body) // 2]


def _drifted(answer: Response, drift: Mapping[str, str]) -> Response | None:
    """The answer with its keys renamed; None when it holds none of them."""
    if answer.status_code not in _SOUND or answer.media_type != "application/json":
        return None
    before: object = json.loads(bytes(answer.body))
    after = _renamed(before, drift)
    if after == before:
        return None
    return Response(json.dumps(after), media_type="application/json")


def _renamed(value: object, drift: Mapping[str, str]) -> object:
    if isinstance(value, list):
        return [_renamed(item, drift) for item in cast("list[object]", value)]
    if isinstance(value, dict):
        pairs = cast("dict[str, object]", value).items()
        return {drift.get(key, key): _renamed(item, drift) for key, item in pairs}
    return value


def _edge_page(status: int, reason: str) -> Response:
    """What Cloudflare says when the service behind it does not answer: a page, not JSON."""
    page = (
        "<!DOCTYPE html>\n<html lang='en-US'><head><title>"
        f"{status}: {reason}</title></head>\n<body><h1>{reason}</h1>"
        "<p>Error code {status}</p><p>Performance &amp; security by Cloudflare</p></body></html>\n"
    ).replace("{status}", str(status))
    return HTMLResponse(page, status_code=status, headers={"server": "cloudflare"})
