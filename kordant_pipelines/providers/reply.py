"""What came back over HTTP, before anyone has read meaning into it."""

import math
from dataclasses import dataclass, field
from typing import Self

import httpx


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer. The body is not in the repr: it may hold personal data.

    Attributes:
        status: the HTTP status.
        body: decoded (content-encoding undone), complete as far as HTTP can tell.
        delimited: the sender marked where the body ends, so that an empty one is not a cut-off one.
        retry_after: seconds, from `retry-after`; None if absent, a date, or not above zero.
    """

    status: int
    body: bytes = field(repr=False)
    delimited: bool
    retry_after: float | None

    @classmethod
    def of(cls, response: httpx.Response, body: bytes) -> Self:
        """Make one from a response whose body has been read."""
        headers = response.headers
        return cls(
            status=response.status_code,
            body=body,
            delimited="content-length" in headers or "transfer-encoding" in headers,
            retry_after=_seconds(headers.get("retry-after", "")),
        )


def _seconds(header: str) -> float | None:
    try:
        seconds = float(header)
    except ValueError:
        return None
    return seconds if 0 < seconds < math.inf else None
