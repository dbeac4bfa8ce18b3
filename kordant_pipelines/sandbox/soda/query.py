"""Answers SODA queries as far as the adapters' go: filters, one order, windows, aggregates."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from kordant_pipelines.sandbox.soda import replies
from kordant_pipelines.sandbox.world.chance import seeded

DEFAULT_LIMIT = 1000
ROW_ID = ":id"

Row = Mapping[str, str]


@dataclass(frozen=True)
class Dataset:
    """A data set: its columns, and its rows, whose values are all strings."""

    columns: tuple[str, ...]
    rows: Sequence[Row]
    newest: Mapping[str, str]

    def numbered(self) -> list[dict[str, str]]:
        """The rows with their ids."""
        return [{ROW_ID: f"row-{place:06}", **row} for place, row in enumerate(self.rows)]


class _Refused(Exception):
    """A query that cannot be answered; holds what is said instead."""

    def __init__(self, reply: Response) -> None:
        super().__init__()
        self.reply = reply


def answer(request: Request, dataset: Dataset | None) -> Response:
    """The answer to a request for a data set, None for one there is not."""
    if dataset is None:
        return replies.envelope(404, "dataset.missing", "Not found")
    params = dict(request.query_params)
    try:
        rows = _filtered(dataset, params)
        select = params.get("$select", ",".join(dataset.columns))
        if (aggregate := re.fullmatch(r"(count|max)\((\S+)\) AS (\w+)", select)) is not None:
            return replies.found([_aggregated(dataset, rows, aggregate)])
        wanted = [_known(dataset, column) for column in select.split(",")]
        rows = _ordered(dataset, rows, params.get("$order"))
    except _Refused as refused:
        return refused.reply
    limit, offset = int(params.get("$limit", DEFAULT_LIMIT)), int(params.get("$offset", 0))
    window = rows[offset : offset + limit]
    return replies.found([{c: row[c] for c in wanted if c in row} for row in window])


def _known(dataset: Dataset, column: str) -> str:
    if column != ROW_ID and column not in dataset.columns:
        raise _Refused(replies.no_such_column(column))
    return column


def _filtered(dataset: Dataset, params: Mapping[str, str]) -> list[dict[str, str]]:
    rows = dataset.numbered()
    for column, value in params.items():
        if not column.startswith("$"):
            _known(dataset, column)
            rows = [row for row in rows if row.get(column) == value]
    where = params.get("$where")
    if where is None:
        return rows
    listed = re.fullmatch(r"(\w+) in\('([^)]*)'\)", where)
    if listed is None:
        raise _Refused(replies.refused_query("query.compiler.malformed", "Parse error"))
    column, values = _known(dataset, listed[1]), set(listed[2].split("','"))
    return [row for row in rows if row.get(column) in values]


def _aggregated(
    dataset: Dataset, rows: Sequence[Row], aggregate: "re.Match[str]"
) -> dict[str, str]:
    function, column, name = aggregate.groups()
    if function == "count":
        return {name: str(len(rows))}
    newest = dataset.newest.get(_known(dataset, column))
    return {} if newest is None else {name: newest}


def _ordered(
    dataset: Dataset, rows: list[dict[str, str]], order: str | None
) -> list[dict[str, str]]:
    if order is None:
        shuffled = list(rows)
        seeded(len(rows)).shuffle(shuffled)
        return shuffled
    columns = [_known(dataset, column) for column in order.split(",")]
    return sorted(rows, key=lambda row: [row.get(column, "") for column in columns])
