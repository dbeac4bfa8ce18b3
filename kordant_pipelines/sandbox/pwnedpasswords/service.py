"""Pwned Passwords as an entry of the provider table: ranges of hashes, no key, never a 404."""

import re

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from kordant_pipelines.sandbox.bench import Bench
from kordant_pipelines.sandbox.plans import Plan
from kordant_pipelines.sandbox.provider import Endpoint, Key, Provider

_PREFIX = re.compile(r"^[0-9a-fA-F]{5}$")


def _range(request: Request, bench: Bench) -> Response:
    prefix = str(request.path_params["prefix"])
    if not _PREFIX.match(prefix):
        return PlainTextResponse("The hash prefix was not in a valid format", status_code=400)
    padded = request.headers.get("add-padding", "").casefold() == "true"
    passwords = bench.world.passwords
    rows = passwords.padded_range(prefix) if padded else passwords.range(prefix)
    return PlainTextResponse("\r\n".join(f"{suffix}:{count}" for suffix, count in rows.items()))


def _admit(request: Request, bench: Bench, endpoint: Endpoint) -> Response | Key | None:
    del request, bench, endpoint
    return None


def _rate_limited(retry_after: int | None) -> Response:
    wait = str(retry_after or 2)
    return PlainTextResponse("Too many requests", status_code=429, headers={"retry-after": wait})


PWNED_PASSWORDS = Provider(
    name="pwnedpasswords",
    mount="/pwnedpasswords",
    endpoints=(Endpoint("/range/{prefix}", _range, keyed=False),),
    admit=_admit,
    plan=Plan(requests=12_000, seconds=60),
    rate_limited=_rate_limited,
    bad_key=lambda: Response(status_code=401),
    drift={},
)
