"""A clock the tests move, and clients that speak to a sandbox as a provider's client would."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.sandbox.world.breaches import TEST_KEY

INTEGRATION = "hibp-integration-tests.com"


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 24, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


def hibp_client(sandbox: Sandbox, key: str | None = TEST_KEY) -> httpx.Client:
    headers = {"user-agent": "kordant-tests"} | ({"hibp-api-key": key} if key else {})
    return httpx.Client(base_url=sandbox.hibp_url, headers=headers, timeout=10)


def leakcheck_client(sandbox: Sandbox, key: str | None = None) -> httpx.Client:
    headers = {"X-API-Key": key or sandbox.leakcheck_key}
    return httpx.Client(base_url=sandbox.leakcheck_url, headers=headers, timeout=10)


def names(response: httpx.Response) -> list[str]:
    """The breach names of a found account."""
    assert response.status_code == 200
    found: list[dict[str, Any]] = response.json()
    return [breach["Name"] for breach in found]


def sha1(email: str) -> str:
    return hashlib.sha1(email.encode(), usedforsecurity=False).hexdigest().upper()
