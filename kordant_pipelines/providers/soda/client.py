"""The SODA client: whole results of a query, whatever number of pages they come in."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Final, TypeVar

import httpx
from pydantic import TypeAdapter

from kordant_pipelines.providers.answers import typed
from kordant_pipelines.providers.client import ProviderClient
from kordant_pipelines.providers.errors import ErrorCode, PermanentProviderError
from kordant_pipelines.providers.limiter import ProviderLimiter, RateLimit
from kordant_pipelines.providers.paging import read_pages
from kordant_pipelines.providers.partial import lenient_date
from kordant_pipelines.providers.retrying import DEFAULT_RETRIES, RetryBudget
from kordant_pipelines.providers.soda.answers import Row, rows
from kordant_pipelines.providers.transport import (
    DEFAULT_TIMEOUTS,
    ProviderCall,
    ProviderHttp,
    Timeouts,
)

T = TypeVar("T")

SODA_LIMIT: Final = RateLimit(amount=20, seconds=1)
"""Ours: Socrata names no limit for callers with an app token, but throttles those without."""
PAGE_SIZE: Final = 1000
"""SODA's default `$limit`, and what every portal serves."""

_ROW_ID: Final = ":id"
_COUNT: Final = "n"


class SodaClient(ProviderClient):
    """One portal. Open it with `async with` inside the event loop that uses it.

    Args:
        provider: the adapter's name, for errors and the limiter.
        base_url: `https://portal/resource`.
        app_token: identifies us; without one the portal throttles.
        limiter: open, for this token.
        timeouts: of each attempt.
        retries: of each page.
        page_size: rows asked for at once.
        transport: stands in for the network, for tests.
        on_call: told of each request that went out; must not raise.

    Raises:
        PermanentProviderError: `bad_request`, the base URL is none.
    """

    def __init__(
        self,
        provider: str,
        *,
        base_url: str,
        app_token: str | None,
        limiter: ProviderLimiter,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        retries: RetryBudget = DEFAULT_RETRIES,
        page_size: int = PAGE_SIZE,
        transport: httpx.AsyncBaseTransport | None = None,
        on_call: Callable[[ProviderCall], None] | None = None,
    ) -> None:
        self._provider = provider
        self._page_size = page_size
        self._http = ProviderHttp(
            provider,
            base_url=base_url,
            key_header={"X-App-Token": app_token} if app_token else {},
            limiter=limiter,
            timeouts=timeouts,
            retries=retries,
            transport=transport,
            on_call=on_call,
        )

    async def select(
        self,
        dataset: str,
        shape: TypeAdapter[list[T]],
        columns: Sequence[str],
        criteria: Mapping[str, str],
    ) -> list[T]:
        """Every row of a data set that meets `criteria`, in the order of the first of `columns`.

        Columns are named, so that one that is gone is refused by the portal and not read as empty.
        Pages are cut from one explicit order that ends in the row's own id.

        Args:
            dataset: its four-by-four id.
            shape: of the rows; unknown keys are left out by the model.
            columns: which must be there.
            criteria: `column=value` filters or `$where`.

        Raises:
            ProviderError: the portal did not answer in full; no rows means that it has none.
        """

        async def page(offset: int) -> list[Row]:
            window = {
                "$select": ",".join([_ROW_ID, *columns]),
                "$order": ",".join([*columns[:1], _ROW_ID]),
                "$limit": str(self._page_size),
                "$offset": str(offset),
            }
            return await self._get(dataset, {**criteria, **window})

        async def count() -> int:
            return await self._count(dataset, criteria)

        found = await read_pages(self._provider, page, self._row_id, count, self._page_size)
        return typed(self._provider, found, shape)

    async def newest(self, dataset: str, column: str) -> date | None:
        """The latest day in a column over a whole data set: how far the data set has come."""
        params = {"$select": f"max({column}) AS {_COUNT}"}
        [row] = await self._one_row(dataset, params)
        day = lenient_date(row.get(_COUNT))
        return day if isinstance(day, date) else None

    def _row_id(self, row: Row) -> str:
        row_id = row.get(_ROW_ID)
        if not isinstance(row_id, str):
            raise PermanentProviderError(self._provider, ErrorCode.SCHEMA_DRIFT, "rows without :id")
        return row_id

    async def _count(self, dataset: str, criteria: Mapping[str, str]) -> int:
        params = {**criteria, "$select": f"count(*) AS {_COUNT}"}
        [row] = await self._one_row(dataset, params)
        try:
            return int(row[_COUNT])
        except (KeyError, TypeError, ValueError):
            drift = PermanentProviderError(
                self._provider, ErrorCode.SCHEMA_DRIFT, "a count that is no number"
            )
        raise drift

    async def _one_row(self, dataset: str, params: Mapping[str, str]) -> list[Row]:
        found = await self._get(dataset, params)
        if len(found) != 1:
            raise PermanentProviderError(
                self._provider, ErrorCode.SCHEMA_DRIFT, "an aggregate of not one row"
            )
        return found

    async def _get(self, dataset: str, params: Mapping[str, str]) -> list[Row]:
        return await self._http.get(
            "{value}.json", partial(rows, self._provider), value=dataset, params=params
        )
