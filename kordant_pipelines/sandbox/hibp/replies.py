"""The forms of a Have I Been Pwned answer: JSON found, empty 404, error JSON."""

import json

from starlette.responses import Response


def found(value: object) -> Response:
    """200 with JSON."""
    return Response(json.dumps(value), media_type="application/json")


def not_found() -> Response:
    """404 without a body: the account, breach or range is not in the system."""
    return Response(status_code=404)


def refusal(status: int, message: str, *, retry_after: int | None = None) -> Response:
    """An error as `{statusCode, message}`, with `retry-after` seconds if given."""
    return Response(
        json.dumps({"statusCode": status, "message": message}),
        status_code=status,
        media_type="application/json",
        headers={} if retry_after is None else {"retry-after": str(retry_after)},
    )


def rate_limited(retry_after: int | None) -> Response:
    """429; the real service always names the seconds."""
    wait = 2 if retry_after is None else retry_after
    message = f"Rate limit is exceeded. Try again in {wait} seconds."
    return refusal(429, message, retry_after=wait)


def key_refused(why: str) -> Response:
    """401; `why` is missing, improperly formed or invalid."""
    return refusal(401, f"Access denied due to {why} hibp-api-key.")
