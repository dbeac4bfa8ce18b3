"""Cook County's sales as an entry of the provider table."""

from starlette.requests import Request
from starlette.responses import Response

from kordant_pipelines.sandbox.bench import Bench
from kordant_pipelines.sandbox.plans import Plan
from kordant_pipelines.sandbox.provider import Endpoint, Provider
from kordant_pipelines.sandbox.soda import query, replies
from kordant_pipelines.sandbox.world.records import Record, RegisterName

SALES = "wvhk-k5uv"
UNDER_10K = 10_000

_COLUMNS = (
    *("row_id", "pin", "year", "township_code", "nbhd", "class", "sale_date", "is_mydec_date"),
    *("sale_price", "doc_no", "deed_type", "mydec_deed_type", "seller_name", "is_multisale"),
    *("num_parcels_sale", "buyer_name", "sale_type", "sale_filter_same_sale_within_365"),
    *("sale_filter_less_than_10k", "sale_filter_deed_type"),
)


def _answer(request: Request, bench: Bench) -> Response:
    if request.path_params["dataset"] != SALES:
        return query.answer(request, None)
    book = bench.world.records
    rows = [_row(record) for record in book.of(RegisterName.COOK)]
    newest = {"sale_date": f"{book.good_through(RegisterName.COOK).isoformat()}T00:00:00.000"}
    return query.answer(request, query.Dataset(_COLUMNS, rows, newest))


def _row(record: Record) -> dict[str, str]:
    row = {
        "row_id": f"7{record.number}",
        "pin": record.parcel,
        "year": f"{record.recorded_on:%Y}",
        "sale_date": f"{record.recorded_on.isoformat()}T00:00:00.000",
        "doc_no": record.number,
        "deed_type": record.doc_type,
        "is_multisale": "false",
        "sale_filter_same_sale_within_365": "false",
        "sale_filter_less_than_10k": str((record.amount or 0) < UNDER_10K).lower(),
        "sale_filter_deed_type": str(record.doc_type == "Quit claim").lower(),
    }
    if record.amount is not None:
        row["sale_price"] = str(record.amount)
    if record.grantors:
        row["seller_name"] = record.grantors[0]
    if record.grantees:
        row["buyer_name"] = record.grantees[0]
    return row


COOK = Provider(
    name=RegisterName.COOK.value,
    mount="/cook/resource",
    endpoints=(Endpoint("/{dataset}.json", _answer),),
    admit=replies.admit,
    plan=Plan(requests=1000, seconds=1),
    rate_limited=replies.rate_limited,
    bad_key=replies.bad_token,
    drift={},
    drifted=lambda: replies.no_such_column("buyer_name"),
    says_when=False,
)
