"""The brokers as one entry of the provider table: pages without a key."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from kordant_pipelines.sandbox.bench import Bench
from kordant_pipelines.sandbox.brokers import pages
from kordant_pipelines.sandbox.brokers.registry import MOUNT
from kordant_pipelines.sandbox.plans import Plan
from kordant_pipelines.sandbox.provider import Endpoint, Key, Provider


def _admit(request: Request, bench: Bench, endpoint: Endpoint) -> Response | Key | None:
    del request, bench, endpoint
    return None


def _rate_limited(retry_after: int | None) -> Response:
    wait = str(retry_after or 2)
    return PlainTextResponse("Too many requests", status_code=429, headers={"retry-after": wait})


BROKERS = Provider(
    name="brokers",
    mount=MOUNT,
    endpoints=(
        Endpoint("/{key}/search", pages.search, keyed=False),
        Endpoint("/{key}/optout", pages.optout_form, keyed=False),
        Endpoint("/{key}/optout", pages.optout, keyed=False, method="POST"),
        Endpoint("/{key}/optout/status", pages.status, keyed=False),
        Endpoint("/{key}/confirm", pages.confirm, keyed=False),
    ),
    admit=_admit,
    plan=Plan(requests=12_000, seconds=60),
    rate_limited=_rate_limited,
    bad_key=lambda: Response(status_code=401),
    drift={"card": "tile", "no-results": "nobody"},
)
