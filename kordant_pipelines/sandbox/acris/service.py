"""ACRIS's four data sets on New York City's portal as an entry of the provider table."""

from collections.abc import Iterator
from datetime import date

from starlette.requests import Request
from starlette.responses import Response

from kordant_pipelines.sandbox.bench import Bench
from kordant_pipelines.sandbox.plans import Plan
from kordant_pipelines.sandbox.provider import Endpoint, Provider
from kordant_pipelines.sandbox.soda import query, replies
from kordant_pipelines.sandbox.world.records import Record, RegisterName

LEGALS = "8h5j-fqxa"
MASTER = "bnx9-e6tj"
PARTIES = "636b-3b5g"
CODES = "7isb-wh4c"

_COLUMNS = {
    LEGALS: (
        *("document_id", "record_type", "borough", "block", "lot", "easement", "partial_lot"),
        *("air_rights", "subterranean_rights", "property_type", "street_number", "street_name"),
        *("unit", "good_through_date"),
    ),
    MASTER: (
        *("document_id", "record_type", "crfn", "recorded_borough", "doc_type", "document_date"),
        *("document_amt", "recorded_datetime", "modified_date", "reel_yr", "reel_nbr", "reel_pg"),
        *("percent_trans", "good_through_date"),
    ),
    PARTIES: (
        *("document_id", "record_type", "party_type", "name", "address_1", "address_2", "country"),
        *("city", "state", "zip", "good_through_date"),
    ),
    CODES: (
        *("record_type", "doc_type", "doc__type_description", "class_code_description"),
        *("party1_type", "party2_type", "party3_type"),
    ),
}

_CODES = {
    "DEED": "DEED",
    "MTGE": "MORTGAGE",
    "SAT": "SATISFACTION OF MORTGAGE",
    "FL": "FEDERAL LIEN-IRS",
    "NEWT": "MECHANICS LIEN, ELECTRONIC",  # a code that is newer than any list of ours
}


def _day(day: date) -> str:
    return f"{day.isoformat()}T00:00:00.000"


def _answer(request: Request, bench: Bench) -> Response:
    dataset = str(request.path_params["dataset"])
    if dataset not in _COLUMNS:
        return query.answer(request, None)
    book = bench.world.records
    records = book.of(RegisterName.ACRIS)
    rows = [row for record in records for row in _rows(dataset, record)]
    if dataset == CODES:
        rows = [{"doc_type": code, "doc__type_description": t} for code, t in _CODES.items()]
    newest = {"good_through_date": _day(book.good_through(RegisterName.ACRIS))}
    return query.answer(request, query.Dataset(_COLUMNS[dataset], rows, newest))


def _rows(dataset: str, record: Record) -> Iterator[dict[str, str]]:
    shared = {"document_id": record.number, "good_through_date": _day(record.published_on)}
    if dataset == LEGALS:
        yield shared | {
            "record_type": "L",
            "borough": record.parcel[0],
            "block": str(int(record.parcel[1:6])),
            "lot": str(int(record.parcel[6:])),
            "property_type": "D1",
        }
    elif not record.described:
        return
    elif dataset == MASTER:
        yield shared | {
            "record_type": "A",
            "crfn": f"{record.recorded_on:%Y}{record.number[-9:]}",
            "recorded_borough": record.parcel[0],
            "doc_type": record.doc_type,
            "document_date": _day(record.recorded_on),
            "document_amt": str(record.amount or 0),  # ACRIS writes 0 for no amount too
            "recorded_datetime": _day(record.recorded_on),
            "modified_date": _day(record.published_on),
        }
    elif dataset == PARTIES:
        for party_type, names in (("1", record.grantors), ("2", record.grantees)):
            for name in names:
                yield shared | {"record_type": "P", "party_type": party_type, "name": name}


ACRIS = Provider(
    name=RegisterName.ACRIS.value,
    mount="/acris/resource",
    endpoints=(Endpoint("/{dataset}.json", _answer),),
    admit=replies.admit,
    plan=Plan(requests=1000, seconds=1),
    rate_limited=replies.rate_limited,
    bad_key=replies.bad_token,
    drift={},
    drifted=lambda: replies.no_such_column("document_id"),
    says_when=False,
)
