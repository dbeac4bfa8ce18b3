"""The forms of a SODA answer, and who may ask."""

import json

from starlette.requests import Request
from starlette.responses import Response

from kordant_pipelines.sandbox.bench import Bench
from kordant_pipelines.sandbox.provider import Endpoint, Key
from kordant_pipelines.sandbox.world.records import APP_TOKEN

_ANONYMOUS = Key("anonymous")


def found(rows: object) -> Response:
    """200 with rows."""
    return Response(json.dumps(rows), media_type="application/json")


def refused_query(code: str, message: str, **data: str) -> Response:
    """400 in the envelope of queries."""
    body = {"message": message, "errorCode": code, "data": data}
    return Response(json.dumps(body), status_code=400, media_type="application/json")


def no_such_column(column: str) -> Response:
    """400 for a column that is not there, or not any more."""
    return refused_query(
        "query.soql.no-such-column",
        f"Query coordinator error: query.soql.no-such-column; No such column: {column}",
        column=column,
    )


def envelope(status: int, code: str, message: str, *, retry_after: int | None = None) -> Response:
    """Any other error, in the other envelope."""
    return Response(
        json.dumps({"code": code, "error": True, "message": message}),
        status_code=status,
        media_type="application/json",
        headers={} if retry_after is None else {"retry-after": str(retry_after)},
    )


def rate_limited(retry_after: int | None) -> Response:
    """429, as callers without a token meet it."""
    return envelope(429, "too_many_requests", "Too many requests", retry_after=retry_after)


def bad_token() -> Response:
    """403 for a token the portal does not know."""
    return envelope(403, "permission_denied", "Invalid app_token specified")


def admit(request: Request, bench: Bench, endpoint: Endpoint) -> Response | Key | None:
    """A token is asked of nobody, but one that is given must be right."""
    del bench, endpoint
    token = request.headers.get("x-app-token", "").strip()
    if not token:
        return _ANONYMOUS
    return Key(token) if token == APP_TOKEN else bad_token()
