"""The LeakCheck query endpoint and its way of saying no."""

import json
import re

from starlette.requests import Request
from starlette.responses import Response

from kordant_pipelines.sandbox.bench import Bench
from kordant_pipelines.sandbox.provider import Endpoint, Key
from kordant_pipelines.sandbox.world.leaks import HASH_LENGTHS, QueryType

MAX_LIMIT = 1000
MAX_OFFSET = 2500
SHORTEST_QUERY = 3


def answer(request: Request, bench: Bench) -> Response:
    """`query/{q}?type=&limit=&offset=`: rows, or `found: 0` with 200 when there is none."""
    query = str(request.path_params["query"]).strip()
    if len(query) < SHORTEST_QUERY:
        return refusal(400, "Too short query (< 3 characters)")
    asked = request.query_params.get("type", "auto")
    if asked != "auto" and asked not in {kind.value for kind in QueryType}:
        return refusal(400, "Invalid type")
    kind = detect(query) if asked == "auto" else QueryType(asked)
    if kind is None:
        return refusal(422, "Could not determine search type automatically")
    if not _well_formed(query, kind):
        return refusal(400, f"Invalid {'query' if kind is QueryType.USERNAME else kind.value}")
    limit = _number(request, "limit", MAX_LIMIT)
    offset = _number(request, "offset", 0)
    if limit is None or not 1 <= limit <= MAX_LIMIT:
        return refusal(400, "Invalid limit")
    if offset is None or offset > MAX_OFFSET:
        return refusal(400, "Invalid offset")
    quota = bench.world.leakcheck.spend()
    if quota is None:
        return refusal(403, "Limit reached")
    rows = bench.world.leakcheck.search(query, kind)[offset : offset + limit]
    result = [row.as_json() for row in rows]
    return _json(200, {"success": True, "found": len(result), "quota": quota, "result": result})


def detect(query: str) -> QueryType | None:
    """How `type=auto` reads a query; None when it could be nothing."""
    if "@" in query:
        return QueryType.EMAIL
    candidates = (QueryType.HASH, QueryType.PHONE, QueryType.USERNAME)
    return next((kind for kind in candidates if _well_formed(query, kind)), None)


def admit(request: Request, bench: Bench, endpoint: Endpoint) -> Response | Key | None:
    """401 without a key, 400 for one it does not know."""
    del endpoint
    key = request.headers.get("x-api-key", "").strip()
    if not key:
        return refusal(401, "Missing X-API-Key")
    return Key(key) if key in bench.world.leakcheck.keys else bad_key()


def bad_key() -> Response:
    """400: LeakCheck does not use 401 for a key it does not know."""
    return refusal(400, "Invalid X-API-Key")


def rate_limited(retry_after: int | None) -> Response:
    """429; the real service does not say for how long, so only a fault that names seconds does."""
    return refusal(429, "Too many requests", retry_after=retry_after)


def refusal(status: int, error: str, *, retry_after: int | None = None) -> Response:
    """An error as `{success: false, error}`."""
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    return _json(status, {"success": False, "error": error}, headers)


def _json(status: int, value: object, headers: dict[str, str] | None = None) -> Response:
    body = json.dumps(value)
    return Response(body, status_code=status, media_type="application/json", headers=headers)


def _well_formed(query: str, kind: QueryType) -> bool:
    match kind:
        case QueryType.EMAIL:
            return re.match(r"^[^@\s]+@[^@\s]+$", query) is not None
        case QueryType.HASH:
            return len(query) in HASH_LENGTHS and re.match(r"^[0-9a-fA-F]+$", query) is not None
        case QueryType.PHONE:
            return re.match(r"^\+?[0-9][0-9 ()-]{5,18}$", query) is not None
        case QueryType.USERNAME:
            return re.match(r"^[^\s@/]{3,64}$", query) is not None


def _number(request: Request, name: str, default: int) -> int | None:
    value = request.query_params.get(name, str(default))
    return int(value) if value.isascii() and value.isdigit() else None
