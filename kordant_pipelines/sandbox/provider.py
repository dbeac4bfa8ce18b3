"""What a provider is to the sandbox: a name, a mount, endpoints and its way of saying no."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NewType

from starlette.requests import Request
from starlette.responses import Response

from kordant_pipelines.sandbox.bench import Bench
from kordant_pipelines.sandbox.plans import Plan

Key = NewType("Key", str)
"""A valid API key: who a request is counted against."""


@dataclass(frozen=True)
class Endpoint:
    """A request below the provider's mount; `route` is in Starlette's syntax.

    What a POST brought is in `request.state.body`.
    """

    route: str
    answer: Callable[[Request, Bench], Response]
    keyed: bool = True
    method: str = "GET"

    @property
    def template(self) -> str:
        """The route as the provider documents it: the name calls are counted under."""
        route = self.route.replace(":path", "")
        return route if self.method == "GET" else f"{self.method} {route}"


@dataclass(frozen=True)
class Provider:
    """One imitated service.

    `admit` reads the headers: a Response refuses, a Key is limited by the plan, None is neither.
    `drift` says which keys of its JSON change their name under a `schema_drift` fault, `says_when`
    whether a 429 of its own tells the seconds to wait.
    """

    name: str
    mount: str
    endpoints: tuple[Endpoint, ...]
    admit: Callable[[Request, Bench, Endpoint], Response | Key | None]
    plan: Plan
    rate_limited: Callable[[int | None], Response]
    bad_key: Callable[[], Response]
    drift: Mapping[str, str]
    says_when: bool = True
