"""HTTP to one provider: time-outs, size cap, admission by the limiter, short retries.

What an answer means is the adapter's business (`read`); what becomes of the connection is settled
here, in the terms of `errors`.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self, TypeVar
from urllib.parse import quote

import httpx

from kordant_pipelines.providers.connecting import is_base_url, tls, user_agent
from kordant_pipelines.providers.errors import (
    ErrorCode,
    PermanentProviderError,
    ProviderError,
    RetryableProviderError,
    UnavailableProviderError,
    UnsentProviderError,
)
from kordant_pipelines.providers.limiter import ProviderLimiter
from kordant_pipelines.providers.logs import silence_http_logs
from kordant_pipelines.providers.reply import Reply
from kordant_pipelines.providers.retrying import DEFAULT_RETRIES, RetryBudget, with_retries
from kordant_pipelines.telemetry.traces import past_span

T = TypeVar("T")

BODY_CAP: Final = 32 * 1024 * 1024
"""Bytes of decoded body past which an answer is refused; HIBP's whole catalogue is about 2 MB."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. `total` bounds one attempt as a whole, a body that trickles in included."""

    total: float = 15.0
    connect: float = 5.0
    read: float = 10.0
    write: float = 5.0
    pool: float = 10.0


@dataclass(frozen=True, slots=True)
class ProviderCall:
    """One request that went out, for metrics.

    Attributes:
        provider: the adapter's name.
        endpoint: the template, never filled in: `breachedaccount/{value}`.
        outcome: `answered`, the error's code, or `broken_off` (cancelled).
        seconds: from sending to having read the answer, without the wait for the limiter.
    """

    provider: str
    endpoint: str
    outcome: str
    seconds: float


DEFAULT_TIMEOUTS: Final = Timeouts()


class ProviderHttp:
    """One provider's connections. Open it inside the event loop that uses it.

    Args:
        provider: the adapter's name, as in its settings.
        base_url: `http(s)://host/path`, without a query.
        key_header: sent with metered calls only.
        limiter: admits metered calls; an open `ProviderLimiter`.
        timeouts: of each attempt.
        retries: of each call.
        transport: stands in for the network, for tests.
        on_call: told of each request that went out; must not raise.

    Raises:
        PermanentProviderError: `bad_request`, the base URL is none.
    """

    def __init__(
        self,
        provider: str,
        *,
        base_url: str,
        key_header: Mapping[str, str],
        limiter: ProviderLimiter | None,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        retries: RetryBudget = DEFAULT_RETRIES,
        transport: httpx.AsyncBaseTransport | None = None,
        on_call: Callable[[ProviderCall], None] | None = None,
    ) -> None:
        if not is_base_url(base_url):
            raise PermanentProviderError(
                provider, ErrorCode.BAD_REQUEST, "the base URL must be http(s)://host/path"
            )
        self._provider = provider
        self._base_url = base_url.rstrip("/")
        self._key_header = key_header
        self._limiter = limiter
        self._timeouts = timeouts
        self._retries = retries
        self._transport = transport
        self._on_call = on_call
        self._client: httpx.AsyncClient | None = None
        self._outcomes: Counter[str] = Counter()

    async def __aenter__(self) -> Self:
        silence_http_logs()
        parts = self._timeouts
        self._client = httpx.AsyncClient(
            headers={"user-agent": user_agent(), "accept": "application/json"},
            timeout=httpx.Timeout(
                connect=parts.connect, read=parts.read, write=parts.write, pool=parts.pool
            ),
            follow_redirects=False,
            verify=tls(),
            transport=self._transport,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()
        outcomes, self._outcomes = self._outcomes, Counter()
        if self._limiter is not None and outcomes:
            await self._limiter.count(outcomes)

    async def get(
        self,
        endpoint: str,
        read: Callable[[Reply], T],
        *,
        value: str = "",
        params: Mapping[str, str] | None = None,
        metered: bool = True,
    ) -> T:
        """Ask once, with short retries, and return what `read` makes of the answer.

        Args:
            endpoint: path under the base URL; `{value}` stands for the quoted `value`.
            read: turns the reply into a result, or raises a `ProviderError`.
            value: what is asked about; never logged.
            params: query parameters.
            metered: the call counts against the key's limit, waits for it and carries the key.

        Raises:
            ProviderError: any of them; a 429's pause has then been told to all workers.
        """
        url = f"{self._base_url}/{endpoint.format(value=self._quoted(value))}"
        limiter = self._limiter if metered else None
        headers: Mapping[str, str] = self._key_header if metered else {}

        async def attempt() -> T:
            if limiter is not None:
                await limiter.acquire()
            started = time.perf_counter()
            outcome = "broken_off"
            try:
                request = self._opened.build_request("GET", url, params=params, headers=headers)
                result = read(await self._send(request))
                outcome = "answered"
            except ProviderError as error:
                outcome = error.code.value
                if limiter is not None and isinstance(error, RetryableProviderError):
                    await limiter.pause(error.retry_after)
                raise
            finally:
                self._tell(endpoint, outcome, time.perf_counter() - started)
            return result

        return await with_retries(attempt, self._retries)

    async def post(
        self,
        endpoint: str,
        read: Callable[[Reply], T],
        *,
        body: bytes,
        headers: Mapping[str, str],
        value: str = "",
        before: Callable[[], None] | None = None,
    ) -> T:
        """Send `body` once and return what `read` makes of the answer. It is never sent again.

        Args:
            endpoint: as for `get`.
            read: as for `get`.
            body: sent as it is.
            headers: sent beside the key's; its content type among them.
            value: as for `get`.
            before: called when there is room and the request is about to leave.

        Raises:
            UnsentProviderError: it did not leave.
            ProviderError: any other; unless it is one of an answer, the provider may have acted.
        """
        url = f"{self._base_url}/{endpoint.format(value=self._quoted(value))}"
        if self._limiter is not None:
            await self._limiter.acquire()
        if before is not None:
            before()
        started = time.perf_counter()
        outcome = "broken_off"
        try:
            request = self._opened.build_request(
                "POST", url, content=body, headers={**self._key_header, **headers}
            )
            result = read(await self._send(request))
            outcome = "answered"
        except ProviderError as error:
            outcome = error.code.value
            if self._limiter is not None and isinstance(error, RetryableProviderError):
                await self._limiter.pause(error.retry_after)
            raise
        finally:
            self._tell(endpoint, outcome, time.perf_counter() - started)
        return result

    @property
    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            raise RuntimeError("Open the client with `async with` before using it")
        return self._client

    async def _send(self, request: httpx.Request) -> Reply:
        """Send one request and read the whole answer.

        The error is raised after the `except` blocks: chained to httpx's, it would carry the URL.
        """
        answering = False
        unsent: UnsentProviderError | None = None
        code, detail = ErrorCode.UNAVAILABLE, ""
        try:
            async with asyncio.timeout(self._timeouts.total):
                response = await self._opened.send(request, stream=True)
                answering = True
                try:
                    body = await _read_capped(response)
                finally:
                    await response.aclose()
            if body is not None:
                return Reply.of(response, body)
            code, detail = ErrorCode.MALFORMED_RESPONSE, f"body over {BODY_CAP} bytes"
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            timed_out = isinstance(error, httpx.TimeoutException)
            code = ErrorCode.TIMEOUT if timed_out else ErrorCode.UNAVAILABLE
            unsent = UnsentProviderError(self._provider, code, type(error).__name__)
        except (TimeoutError, httpx.TimeoutException) as error:
            code, detail = ErrorCode.TIMEOUT, type(error).__name__
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            code = ErrorCode.MALFORMED_RESPONSE if answering else ErrorCode.UNAVAILABLE
            detail = type(error).__name__
        raise unsent or UnavailableProviderError(self._provider, code, detail)

    def _quoted(self, value: str) -> str:
        # As a path segment, dots alone would climb to another endpoint; what cannot be printed
        # (lone surrogates, control characters) cannot be sent or is not what the user typed.
        if value in {".", ".."} or not value.isprintable():
            raise PermanentProviderError(self._provider, ErrorCode.BAD_REQUEST, "not an identifier")
        return quote(value, safe="")

    def _tell(self, endpoint: str, outcome: str, seconds: float) -> None:
        self._outcomes[outcome] += 1
        told = {"provider": self._provider, "endpoint": endpoint, "outcome": outcome}
        past_span(f"call {self._provider}", seconds, told)
        if self._on_call is not None:
            self._on_call(ProviderCall(self._provider, endpoint, outcome, seconds))


async def _read_capped(response: httpx.Response) -> bytes | None:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > BODY_CAP:
            return None
    return bytes(body)
