"""Small questions that tell whether a child is ready; each answers at once, True or False."""

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from pathlib import Path

import httpx

Probe = Callable[[], Coroutine[None, None, bool]]
"""Asked again and again until it says True."""

POLL_SECONDS = 0.1
_ANSWER_SECONDS = 2.0


def listening(path: Path) -> Probe:
    """Ready when a Unix socket accepts connections."""

    async def probe() -> bool:
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                _, writer = await asyncio.open_unix_connection(path)
        except (OSError, TimeoutError):
            return False
        writer.close()
        return True

    return probe


def http_ok(url: str) -> Probe:
    """Ready when a GET of `url`, on this machine, answers 200."""

    async def probe() -> bool:
        # No proxy between us and loopback, and no 20 ms of reading CA certificates at each turn.
        transport = httpx.AsyncHTTPTransport(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        async with httpx.AsyncClient(transport=transport, timeout=_ANSWER_SECONDS) as client:
            try:
                return (await client.get(url)).status_code == HTTPStatus.OK
            except httpx.HTTPError:
                return False

    return probe


def calls(ask: Callable[[], bool]) -> Probe:
    """Ready when `ask`, run in a thread because it may block, returns True."""

    async def probe() -> bool:
        return await asyncio.to_thread(ask)

    return probe
