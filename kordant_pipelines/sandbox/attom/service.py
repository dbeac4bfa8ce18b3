"""ATTOM as an entry of the provider table: owner and mortgages, and the sales, of an address."""

import json
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from kordant_pipelines.sandbox.bench import Bench
from kordant_pipelines.sandbox.plans import Plan
from kordant_pipelines.sandbox.provider import Endpoint, Key, Provider
from kordant_pipelines.sandbox.world.records import ATTOM_KEY, DOC_TYPES, Record, RegisterName

_MORTGAGE = DOC_TYPES[RegisterName.ATTOM]["mortgage"]


def _of_address(
    describe: Callable[[list[Record], str], dict[str, object]],
) -> Callable[[Request, Bench], Response]:
    def answer(request: Request, bench: Bench) -> Response:
        params = request.query_params
        parcel = f"{params.get('address1', '')} | {params.get('address2', '')}".upper()
        book = bench.world.records
        records = [r for r in book.of(RegisterName.ATTOM) if r.parcel == parcel]
        if not records:
            return _envelope(400, 400, "SuccessWithoutResult", [])
        vintage = book.good_through(RegisterName.ATTOM).isoformat()
        described = {"identifier": {"Id": 7001, "attomId": 7001}, **describe(records, vintage)}
        return _envelope(200, 0, "SuccessWithResult", [described])

    return answer


def _detail(records: list[Record], vintage: str) -> dict[str, object]:
    deeds = sorted(_but_mortgages(records), key=lambda record: record.recorded_on)
    owners = deeds[-1].grantees if deeds else ()
    people = {f"owner{n}": {"fullName": name} for n, name in enumerate(owners, start=1)}
    mortgages = [_mortgage(record) for record in records if record.doc_type == _MORTGAGE]
    return {
        "owner": {"corporateIndicator": "N", **people},
        # a lone one comes without a list, none as an empty object
        "mortgage": mortgages if len(mortgages) > 1 else (mortgages or [{}])[0],
        "vintage": {"lastModified": vintage, "pubDate": vintage},
    }


def _mortgage(record: Record) -> dict[str, object]:
    day = record.recorded_on
    return {
        "amount": record.amount,
        "date": f"{day.year}-{day.month}-{day.day}",
        "docNumber": record.number,
        "lender": {"lastname": record.grantees[0] if record.grantees else ""},
    }


def _sales(records: list[Record], vintage: str) -> dict[str, object]:
    sales = [
        {
            "saleTransDate": record.recorded_on.isoformat(),
            "amount": {
                "saleAmt": record.amount,
                "salerecdate": record.recorded_on.isoformat(),
                "saledocnum": record.number,
                "saletranstype": "Resale",
            },
            "deedType": record.doc_type,
            "buyerName": " / ".join(record.grantees),
            "sellerName": " / ".join(record.grantors),
        }
        for record in _but_mortgages(records)
    ]
    return {"saleHistory": sales, "vintage": {"lastModified": vintage, "pubDate": vintage}}


def _but_mortgages(records: list[Record]) -> list[Record]:
    return [record for record in records if record.doc_type != _MORTGAGE]


def _envelope(
    status: int, code: int, msg: str, found: list[object], *, retry_after: int | None = None
) -> Response:
    body = {
        "status": {"version": "1.0.0", "code": code, "msg": msg, "total": len(found)},
        "property": found,
    }
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    return Response(
        json.dumps(body), status_code=status, media_type="application/json", headers=headers
    )


def _admit(request: Request, bench: Bench, endpoint: Endpoint) -> Response | Key | None:
    del bench, endpoint
    key = request.headers.get("apikey", "").strip()
    return Key(key) if key == ATTOM_KEY else _bad_key()


def _bad_key() -> Response:
    return _envelope(401, -1, "Unauthorized", [])


ATTOM = Provider(
    name=RegisterName.ATTOM.value,
    mount="/attom/propertyapi/v1.0.0",
    endpoints=(
        Endpoint("/property/detailmortgageowner", _of_address(_detail)),
        Endpoint("/saleshistory/detail", _of_address(_sales)),
    ),
    admit=_admit,
    plan=Plan(requests=1000, seconds=1),
    rate_limited=lambda wait: _envelope(429, 429, "Over the limit", [], retry_after=wait),
    bad_key=_bad_key,
    drift={"owner": "vesting", "saleHistory": "transfers"},
    says_when=False,
)
