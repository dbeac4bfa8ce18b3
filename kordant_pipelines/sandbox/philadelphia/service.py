"""Carto's SQL API over `rtt_summary`, as far as the adapter's queries go."""

import json
import re

from starlette.requests import Request
from starlette.responses import Response

from kordant_pipelines.sandbox.bench import Bench
from kordant_pipelines.sandbox.plans import Plan
from kordant_pipelines.sandbox.provider import Endpoint, Key, Provider
from kordant_pipelines.sandbox.world.chance import seeded
from kordant_pipelines.sandbox.world.records import Record, RegisterName

_COLUMNS = frozenset(
    {
        *("cartodb_id", "objectid", "document_id", "document_type", "display_date"),
        *("recording_date", "street_address", "zip_code", "grantors", "grantees"),
        *("cash_consideration", "total_consideration", "opa_account_num", "fair_market_value"),
    }
)
_QUERY = re.compile(
    r"SELECT (?P<select>.+?) FROM (?P<table>\w+) WHERE (?P<where>.+?)"
    r"(?P<order> ORDER BY cartodb_id)?(?: LIMIT (?P<limit>\d+) OFFSET (?P<offset>\d+))?"
)


def _answer(request: Request, bench: Bench) -> Response:
    asked = _QUERY.fullmatch(request.query_params.get("q", ""))
    if asked is None:
        return _refusal(400, 'syntax error at or near "q"')
    if asked["table"] != "rtt_summary":
        return _refusal(400, f'relation "{asked["table"]}" does not exist')
    book = bench.world.records
    if asked["select"] == "max(recording_date) AS newest":
        return _rows([{"newest": f"{book.good_through(RegisterName.PHILADELPHIA)}T00:00:00Z"}])
    account = re.fullmatch(r"opa_account_num = '((?:[^']|'')*)'", asked["where"])
    if account is None:
        return _refusal(400, 'syntax error at or near "WHERE"')
    held = enumerate(book.of(RegisterName.PHILADELPHIA), start=1)
    rows = [_row(place, record) for place, record in held if record.parcel == account[1]]
    if asked["select"] == "count(*) AS n":
        return _rows([{"n": len(rows)}])
    columns = asked["select"].split(", ")
    for column in columns:
        if column not in _COLUMNS:
            return _refusal(400, f'column "{column}" does not exist')
    if asked["order"] is None:
        seeded(len(rows)).shuffle(rows)
    if asked["limit"]:
        rows = rows[int(asked["offset"]) :][: int(asked["limit"])]
    return _rows([{column: row.get(column) for column in columns} for row in rows])


def _row(place: int, record: Record) -> dict[str, object]:
    return {
        "cartodb_id": place,
        "objectid": place,
        "document_id": int(record.number),
        "document_type": record.doc_type if record.described else None,
        "recording_date": f"{record.recorded_on.isoformat()}T00:00:00Z",
        "opa_account_num": record.parcel,
        "grantors": "; ".join(record.grantors) or None,
        "grantees": "; ".join(record.grantees) or None,
        "total_consideration": record.amount,
    }


def _rows(rows: list[dict[str, object]]) -> Response:
    body = {"rows": rows, "time": 0.004, "total_rows": len(rows)}
    return Response(json.dumps(body), media_type="application/json")


def _refusal(status: int, message: str, *, retry_after: int | None = None) -> Response:
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    body = json.dumps({"error": [message]})
    return Response(body, status_code=status, media_type="application/json", headers=headers)


def _admit(request: Request, bench: Bench, endpoint: Endpoint) -> Response | Key | None:
    del request, bench, endpoint
    return Key("anonymous")


def _rate_limited(retry_after: int | None) -> Response:
    message = "You are over platform's limits. Please contact us to know more details"
    return _refusal(429, message, retry_after=retry_after)


PHILADELPHIA = Provider(
    name=RegisterName.PHILADELPHIA.value,
    mount="/philadelphia/api/v2",
    endpoints=(Endpoint("/sql", _answer, keyed=False),),
    admit=_admit,
    plan=Plan(requests=1000, seconds=1),
    rate_limited=_rate_limited,
    bad_key=lambda: _refusal(401, "permission denied for table rtt_summary"),
    drift={},
    drifted=lambda: _refusal(400, 'column "total_consideration" does not exist'),
    says_when=False,
)
