"""Drives a sandbox's controls over HTTP, from a test or from another process."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Self

import httpx
from pydantic import BaseModel, TypeAdapter

from kordant_pipelines.sandbox.faults import FaultKind

_JSON_OBJECT = TypeAdapter(dict[str, object])


class SandboxRefusedError(Exception):
    """The sandbox would not do what it was told; the message is its own and names the field."""


class CallCount(BaseModel):
    """How often one kind of call was made; `endpoint` is a template, `status` 0 means no answer."""

    provider: str
    endpoint: str
    status: int
    count: int


class CustomerSummary(BaseModel):
    """A customer's external reference and tier."""

    ref: str
    tier: str


class WorldSummary(BaseModel):
    """Who and what the world holds, without any identifier."""

    customers: list[CustomerSummary]
    breaches: list[str]


class InboxMessage(BaseModel):
    """A message that a customer got; `extra` is what only one provider has."""

    id: str
    channel: str
    provider: str
    to: str
    subject: str
    text: str
    html: str
    at: datetime
    extra: dict[str, str]


class SandboxControls:
    """The controls of the sandbox at `url`.

    Every method raises SandboxRefusedError for a refused request and httpx.TransportError when
    there is no sandbox at the address.
    """

    def __init__(self, url: str, *, timeout: float = 10.0) -> None:
        self.url = url.rstrip("/")
        self._http = httpx.Client(base_url=self.url, timeout=timeout, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections to the sandbox."""
        self._http.close()

    def publish_breach(
        self,
        breach: Mapping[str, object],
        accounts: Sequence[str] = (),
        *,
        stealer_domains: Sequence[str] = (),
    ) -> dict[str, object]:
        """Add a breach, at least its Name, and expose the accounts; the whole breach."""
        body: dict[str, object] = {
            "breach": dict(breach),
            "accounts": list(accounts),
            "stealer_domains": list(stealer_domains),
        }
        return self._object("POST", "/control/breaches", body)

    def amend_breach(self, name: str, changes: Mapping[str, object]) -> dict[str, object]:
        """Change fields of a breach, in the provider's keys; the whole breach."""
        return self._object("PATCH", f"/control/breaches/{name}", dict(changes))

    def add_leak(self, row: Mapping[str, object]) -> None:
        """Add a LeakCheck row: `source` and one of email, username and phone."""
        self._send("POST", "/control/leaks", dict(row))

    def fault(
        self,
        provider: str,
        kind: FaultKind | str,
        *,
        times: int | None = None,
        seconds: float | None = None,
        retry_after: int | None = None,
        probability: float = 1.0,
        path_contains: str | None = None,
    ) -> None:
        """Break a provider for so many requests or seconds, or until the faults are cleared."""
        body: dict[str, object] = {
            "provider": provider,
            "kind": str(kind),
            "times": times,
            "seconds": seconds,
            "retry_after": retry_after,
            "probability": probability,
            "path_contains": path_contains,
        }
        self._send("POST", "/control/faults", body)

    def clear_faults(self) -> None:
        """End every fault."""
        self._send("DELETE", "/control/faults")

    def plan(self, provider: str, *, rpm: int | None = None, rps: int | None = None) -> None:
        """Limit a provider's keys to `rpm` requests in any minute or `rps` in any second."""
        limits = {"rpm": rpm, "rps": rps}
        given = {name: limit for name, limit in limits.items() if limit is not None}
        self._send("POST", "/control/plan", {"provider": provider, **given})

    def calls(self) -> list[CallCount]:
        """What was called since the last reset."""
        found = self._object("GET", "/control/calls")
        return TypeAdapter(list[CallCount]).validate_python(found["calls"])

    def call_count(
        self, provider: str, *, endpoint: str | None = None, status: int | None = None
    ) -> int:
        """How many calls a provider had, of one endpoint template or status if given."""
        return sum(
            call.count
            for call in self.calls()
            if call.provider == provider
            and endpoint in (None, call.endpoint)
            and status in (None, call.status)
        )

    def reset_calls(self) -> None:
        """Forget the calls counted so far."""
        self._send("DELETE", "/control/calls")

    def inbox(self, to: str | None = None, *, provider: str | None = None) -> list[InboxMessage]:
        """The messages that were taken, oldest first; of one recipient or provider if given."""
        found = self._object("GET", "/control/inbox")
        messages = TypeAdapter(list[InboxMessage]).validate_python(found["messages"])
        return [m for m in messages if to in (None, m.to) and provider in (None, m.provider)]

    def empty_inbox(self) -> None:
        """Forget the messages taken so far."""
        self._send("DELETE", "/control/inbox")

    def world_summary(self) -> WorldSummary:
        """The customers by ref and tier, the breaches by name."""
        return WorldSummary.model_validate(self._object("GET", "/control/world"))

    def _object(
        self, method: str, path: str, body: dict[str, object] | None = None
    ) -> dict[str, object]:
        return _JSON_OBJECT.validate_json(self._send(method, path, body).content)

    def _send(
        self, method: str, path: str, body: dict[str, object] | None = None
    ) -> httpx.Response:
        response = self._http.request(method, path, json=body)
        if response.is_error:
            raise SandboxRefusedError(_refusal(response))
        return response


def _refusal(response: httpx.Response) -> str:
    try:
        return str(_JSON_OBJECT.validate_json(response.content)["error"])
    except (ValueError, KeyError):
        return f"the address answered {response.status_code}, not as a sandbox does"
