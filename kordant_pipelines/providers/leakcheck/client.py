"""The LeakCheck client: one question, all the pages it serves."""

import hashlib
import re
from collections.abc import Callable
from enum import StrEnum
from typing import Final

import httpx

from kordant_pipelines.providers.client import ProviderClient
from kordant_pipelines.providers.errors import (
    ErrorCode,
    PermanentProviderError,
    UnavailableProviderError,
)
from kordant_pipelines.providers.leakcheck.answers import PROVIDER, page
from kordant_pipelines.providers.leakcheck.models import (
    LeakCheckPage,
    LeakCheckResult,
    LeakCheckRow,
)
from kordant_pipelines.providers.limiter import ProviderLimiter, RateLimit
from kordant_pipelines.providers.retrying import DEFAULT_RETRIES, RetryBudget
from kordant_pipelines.providers.transport import (
    DEFAULT_TIMEOUTS,
    ProviderCall,
    ProviderHttp,
    Timeouts,
)

LEAKCHECK_LIMIT: Final = RateLimit(amount=3, seconds=1)
"""LeakCheck's default for every plan."""
PAGE_SIZE: Final = 1000
"""LeakCheck's largest `limit`."""
LAST_OFFSET: Final = 2500
"""LeakCheck's largest `offset`."""


class LeakCheckKind(StrEnum):
    """What a value is."""

    EMAIL = "email"
    USERNAME = "username"
    PHONE = "phone"


class LeakCheckClient(ProviderClient):
    """LeakCheck v2. Open it with `async with` inside the event loop that uses it.

    Args:
        base_url: `https://leakcheck.io/api/v2`.
        api_key: printable ASCII without spaces.
        limiter: open, for this key.
        timeouts: of each attempt.
        retries: of each page.
        page_size: rows asked for at once, at most 1000.
        transport: stands in for the network, for tests.
        on_call: told of each request that went out; must not raise.

    Raises:
        PermanentProviderError: `bad_key`, malformed; `bad_request`, the base URL is none.
    """

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        limiter: ProviderLimiter,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        retries: RetryBudget = DEFAULT_RETRIES,
        page_size: int = PAGE_SIZE,
        transport: httpx.AsyncBaseTransport | None = None,
        on_call: Callable[[ProviderCall], None] | None = None,
    ) -> None:
        if not re.fullmatch("[!-~]+", api_key):
            raise PermanentProviderError(
                PROVIDER, ErrorCode.BAD_KEY, "the key must be printable ASCII without spaces"
            )
        self._page_size = page_size
        self._http = ProviderHttp(
            PROVIDER,
            base_url=base_url,
            key_header={"x-api-key": api_key},
            limiter=limiter,
            timeouts=timeouts,
            retries=retries,
            transport=transport,
            on_call=on_call,
        )

    async def query(self, value: str, kind: LeakCheckKind) -> LeakCheckResult:
        """All rows for a value, as far as LeakCheck serves them.

        An e-mail address is sent as the SHA-256 of its lower-cased form, a phone as its digits
        (LeakCheck refuses E.164's plus sign).

        Whether `found` counts one page or the whole result is not documented, so only a page
        shorter than asked for is the last one, and it must leave nothing of `found` open.

        Raises:
            ProviderError: LeakCheck did not answer; no rows always means that it has none.
        """
        asked, as_type = _as_asked(value, kind)
        rows: list[LeakCheckRow] = []
        found = 0
        while True:
            answer = await self._page(asked, as_type, offset=len(rows))
            if answer.found and not answer.result and not rows:
                raise UnavailableProviderError(
                    PROVIDER, ErrorCode.MALFORMED_RESPONSE, "rows were found but none came"
                )
            rows += answer.result
            found = max(found, answer.found, len(rows))
            full = len(answer.result) >= self._page_size
            if not full or len(rows) > LAST_OFFSET:
                complete = not full and found == len(rows)
                return LeakCheckResult(
                    found=found, rows=tuple(rows), complete=complete, quota=answer.quota
                )

    async def _page(self, asked: str, as_type: str, *, offset: int) -> LeakCheckPage:
        params = {"type": as_type, "limit": str(self._page_size), "offset": str(offset)}
        return await self._http.get("query/{value}", page, value=asked, params=params)


def _as_asked(value: str, kind: LeakCheckKind) -> tuple[str, str]:
    """The path segment and the `type` for a value."""
    asked = re.sub(r"\D", "", value) if kind is LeakCheckKind.PHONE else value.strip()
    email = kind is LeakCheckKind.EMAIL
    if not asked or not asked.isprintable() or (email and "@" not in asked):
        raise PermanentProviderError(PROVIDER, ErrorCode.BAD_REQUEST, f"not a valid {kind}")
    if email:
        return hashlib.sha256(asked.lower().encode()).hexdigest(), "hash"
    return asked, kind.value
