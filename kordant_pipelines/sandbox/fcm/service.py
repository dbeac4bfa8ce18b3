"""FCM as an entry of the provider table: the token endpoint and `messages:send`."""

import json
import uuid
from typing import cast
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kordant_pipelines.sandbox.bench import Bench
from kordant_pipelines.sandbox.plans import Plan
from kordant_pipelines.sandbox.provider import Endpoint, Key, Provider
from kordant_pipelines.sandbox.world.pushing import PROJECT, WrongAssertionError

MOUNT = "/google"
_SEND = "/fcm/v1/projects/{project}/messages:send"

UNREGISTERED = "unregistered-device"
FOREIGN = "foreign-device"
"""Tokens that answer in their way."""


def grant(request: Request, bench: Bench) -> Response:
    """`POST /google/token`: an access token for a signed assertion."""
    form = parse_qs(request.state.body.decode())
    try:
        token = bench.world.pushing.grant(form["assertion"][0])
    except (KeyError, WrongAssertionError):
        return JSONResponse({"error": "invalid_grant"}, status_code=400)
    return JSONResponse({"access_token": token, "expires_in": 3599, "token_type": "Bearer"})


def send(request: Request, bench: Bench) -> Response:
    """`POST messages:send`."""
    body: bytes = request.state.body
    try:
        message = cast("dict[str, object]", json.loads(body)["message"])
        token = str(message["token"])
        shown = cast("dict[str, str]", message["notification"])
        data = cast("dict[str, object]", message.get("data", {}))
    except (ValueError, KeyError, TypeError):
        return refusal(400, "INVALID_ARGUMENT", "Request contains an invalid argument.")
    too_large = len(body) > 4096 or not all(isinstance(v, str) for v in data.values())
    if too_large or request.path_params["project"] != PROJECT:
        return refusal(400, "INVALID_ARGUMENT", "Request contains an invalid argument.")
    if token == UNREGISTERED:
        return refusal(404, "UNREGISTERED", "Requested entity was not found.", "NOT_FOUND")
    if token == FOREIGN:
        return refusal(403, "SENDER_ID_MISMATCH", "SenderId mismatch", "PERMISSION_DENIED")
    name = f"projects/{PROJECT}/messages/{uuid.uuid4().hex}"
    bench.world.inbox.put(
        id=name,
        channel="push",
        provider="fcm",
        to=token,
        subject=shown["title"],
        text=shown["body"],
        extra={key: str(value) for key, value in data.items()},
    )
    return JSONResponse({"name": name})


def admit(request: Request, bench: Bench, endpoint: Endpoint) -> Response | Key | None:
    """401 unless the access token is one of ours; the token endpoint needs none."""
    if not endpoint.keyed:
        return None
    _, _, token = request.headers.get("authorization", "").partition(" ")
    return Key(PROJECT) if bench.world.pushing.knows(token) else bad_key()


def bad_key() -> Response:
    """The refusal of an access token: Google's own error, without one of FCM's."""
    status = "UNAUTHENTICATED"
    error = {"code": 401, "message": "Request had invalid credentials.", "status": status}
    return JSONResponse({"error": error}, status_code=401)


def rate_limited(retry_after: int | None) -> Response:
    """429."""
    answer = refusal(429, "QUOTA_EXCEEDED", "Quota exceeded.", "RESOURCE_EXHAUSTED")
    if retry_after is not None:
        answer.headers["retry-after"] = str(retry_after)
    return answer


def refusal(status: int, code: str, message: str, google_status: str = "") -> Response:
    """An error with FCM's own code in its details."""
    detail = {
        "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError",
        "errorCode": code,
    }
    error = {
        "code": status,
        "message": message,
        "status": google_status or code,
        "details": [detail],
    }
    return JSONResponse({"error": error}, status_code=status)


FCM = Provider(
    name="fcm",
    mount=MOUNT,
    endpoints=(
        Endpoint("/token", grant, keyed=False, method="POST"),
        Endpoint(_SEND, send, method="POST"),
    ),
    admit=admit,
    plan=Plan(requests=10_000, seconds=1),
    rate_limited=rate_limited,
    bad_key=bad_key,
    drift={"name": "title", "access_token": "token"},
)
