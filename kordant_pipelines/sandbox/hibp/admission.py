"""Who may ask Have I Been Pwned: a user agent always, a key where the endpoint asks for one."""

import re

from starlette.requests import Request
from starlette.responses import Response

from kordant_pipelines.sandbox.bench import Bench
from kordant_pipelines.sandbox.hibp import replies
from kordant_pipelines.sandbox.provider import Endpoint, Key

_FORM = re.compile(r"^[0-9a-fA-F]{32}$")


def admit(request: Request, bench: Bench, endpoint: Endpoint) -> Response | Key | None:
    """403 without a user agent; 401 for a missing, improperly formed or unknown key."""
    if not request.headers.get("user-agent", "").strip():
        return replies.refusal(403, "Access denied: no user agent has been specified.")
    if not endpoint.keyed:
        return None
    key = request.headers.get("hibp-api-key", "").strip()
    if not key:
        return replies.key_refused("missing")
    if not _FORM.match(key):
        return replies.key_refused("improperly formed")
    if key.lower() not in bench.world.hibp.keys:
        return replies.key_refused("invalid")
    return Key(key.lower())
