"""Resend as an entry of the provider table: `POST /emails`, the list, and one mail."""

import json
from typing import cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kordant_pipelines.sandbox.bench import Bench
from kordant_pipelines.sandbox.plans import Plan
from kordant_pipelines.sandbox.provider import Endpoint, Key, Provider
from kordant_pipelines.sandbox.world.mailing import API_KEY

MOUNT = "/resend"


def send(request: Request, bench: Bench) -> Response:
    """`POST /emails`: taken once for each idempotency key."""
    body: bytes = request.state.body
    key = request.headers.get("idempotency-key", "")
    if len(key) > 256:
        return refusal(400, "invalid_idempotency_key", "The key must be between 1-256 chars.")
    mailing = bench.world.mailing
    held = mailing.remembered(key) if key else None
    if held is not None and held[0] != body:
        return refusal(409, "invalid_idempotent_request", "Same key, different payload.")
    if held is not None:
        return JSONResponse({"id": held[1]})
    try:
        mail = cast("dict[str, object]", json.loads(body))
        to = [str(one) for one in cast("list[object]", mail["to"])]
        sender, subject = str(mail["from"]), str(mail["subject"])
        content = [str(mail.get("html", "")), str(mail.get("text", ""))]
    except (ValueError, KeyError, TypeError):
        return refusal(422, "missing_required_field", "Missing a required field.")
    if not all("@" in one for one in to):
        return refusal(422, "validation_error", "Invalid `to` field.")
    taken = mailing.take(key, body, to=to, sender=sender, subject=subject, content=content)
    headers = cast("dict[str, object]", mail.get("headers", {}))
    bench.world.inbox.put(
        id=taken.id,
        channel="email",
        provider="resend",
        to=to[0],
        subject=subject,
        html=content[0],
        text=content[1],
        extra={name: str(value) for name, value in headers.items()},
    )
    return JSONResponse({"id": taken.id})


def listing(request: Request, bench: Bench) -> Response:
    """`GET /emails?limit=&after=`: newest first."""
    mails = bench.world.mailing.listed()
    ids = [mail.id for mail in mails]
    after = request.query_params.get("after")
    start = ids.index(after) + 1 if after in ids else 0
    limit = int(request.query_params.get("limit", "20"))
    page = mails[start : start + limit]
    return JSONResponse(
        {
            "object": "list",
            "has_more": start + limit < len(mails),
            "data": [mail.as_json(whole=False) for mail in page],
        }
    )


def one(request: Request, bench: Bench) -> Response:
    """`GET /emails/{id}`."""
    for mail in bench.world.mailing.listed():
        if mail.id == request.path_params["id"]:
            return JSONResponse(mail.as_json(whole=True))
    return refusal(404, "not_found", "Email not found")


def admit(request: Request, bench: Bench, endpoint: Endpoint) -> Response | Key | None:
    """401 without a key, 403 for one it does not know."""
    del bench, endpoint
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not key:
        return refusal(401, "missing_api_key", "Missing API Key")
    return Key(key) if key == API_KEY else bad_key()


def bad_key() -> Response:
    """The refusal of a key."""
    return refusal(403, "invalid_api_key", "API key is invalid")


def rate_limited(retry_after: int | None) -> Response:
    """429."""
    answer = refusal(429, "rate_limit_exceeded", "Too many requests.")
    if retry_after is not None:
        answer.headers["retry-after"] = str(retry_after)
    return answer


def refusal(status: int, name: str, message: str) -> Response:
    """An error as `{statusCode, name, message}`."""
    body = {"statusCode": status, "name": name, "message": message}
    return JSONResponse(body, status_code=status)


RESEND = Provider(
    name="resend",
    mount=MOUNT,
    endpoints=(
        Endpoint("/emails", send, method="POST"),
        Endpoint("/emails", listing),
        Endpoint("/emails/{id}", one),
    ),
    admit=admit,
    plan=Plan(requests=1000, seconds=1),
    rate_limited=rate_limited,
    bad_key=bad_key,
    drift={"id": "uid"},
)
