"""The Philadelphia client: the transfers of an account, in SQL over GET."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Final, TypeVar

import httpx
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter

from kordant_pipelines.providers.answers import error_of_status, parse_json, typed
from kordant_pipelines.providers.client import ProviderClient
from kordant_pipelines.providers.errors import (
    ErrorCode,
    PermanentProviderError,
    ProviderError,
    UnavailableProviderError,
)
from kordant_pipelines.providers.limiter import ProviderLimiter, RateLimit
from kordant_pipelines.providers.paging import read_pages
from kordant_pipelines.providers.partial import lenient_date, printable
from kordant_pipelines.providers.reply import Reply
from kordant_pipelines.providers.retrying import DEFAULT_RETRIES, RetryBudget
from kordant_pipelines.providers.transport import (
    DEFAULT_TIMEOUTS,
    ProviderCall,
    ProviderHttp,
    Timeouts,
)

T = TypeVar("T")

PROVIDER: Final = "philadelphia"

CARTO_LIMIT: Final = RateLimit(amount=10, seconds=1)
"""Ours: Carto names none for a public account, but answers 429 to callers in a hurry."""
PAGE_SIZE: Final = 1000

_COLUMNS: Final = (
    "cartodb_id, document_id, document_type, recording_date, grantors, grantees, "
    "total_consideration"
)


def _text(raw: Any) -> Any:
    """Carto gives null where there is nothing, and numbers where a column is numeric."""
    if raw is None:
        return ""
    return str(raw) if isinstance(raw, int) else raw


def _names(raw: Any) -> Any:
    """Names come in one text, with semicolons in between."""
    if not isinstance(raw, str | None):
        return raw
    return tuple(name for part in (raw or "").split(";") if (name := printable(part)))


def _dollars(raw: Any) -> Any:
    return int(raw) if isinstance(raw, float) else raw


Text = Annotated[str, BeforeValidator(_text), AfterValidator(printable)]
Names = Annotated[tuple[str, ...], BeforeValidator(_names)]


class PhiladelphiaTransfer(BaseModel):
    """One document on one account. Days in the future occur."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    cartodb_id: int
    document_id: Annotated[Text, Field(min_length=1)]
    document_type: Text
    recording_date: Annotated[date | None, BeforeValidator(lenient_date)]
    grantors: Names
    grantees: Names
    total_consideration: Annotated[int | None, BeforeValidator(_dollars)]


class _Counted(BaseModel):
    n: int


class _Newest(BaseModel):
    newest: Annotated[date | None, BeforeValidator(lenient_date)]


class _Transfers(BaseModel):
    rows: list[PhiladelphiaTransfer]


class _Counts(BaseModel):
    rows: Annotated[list[_Counted], Field(min_length=1, max_length=1)]


class _Newests(BaseModel):
    rows: Annotated[list[_Newest], Field(min_length=1, max_length=1)]


class _Refusal(BaseModel):
    error: list[str]


_TRANSFERS: Final = TypeAdapter(_Transfers)
_COUNTS: Final = TypeAdapter(_Counts)
_NEWESTS: Final = TypeAdapter(_Newests)
_REFUSAL: Final = TypeAdapter(_Refusal)


class PhiladelphiaClient(ProviderClient):
    """`rtt_summary` of a Carto account. Open it inside the event loop that uses it.

    Args:
        base_url: `https://phl.carto.com/api/v2`.
        limiter: open.
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
        *,
        base_url: str,
        limiter: ProviderLimiter,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        retries: RetryBudget = DEFAULT_RETRIES,
        page_size: int = PAGE_SIZE,
        transport: httpx.AsyncBaseTransport | None = None,
        on_call: Callable[[ProviderCall], None] | None = None,
    ) -> None:
        self._page_size = page_size
        self._http = ProviderHttp(
            PROVIDER,
            base_url=base_url,
            key_header={},
            limiter=limiter,
            timeouts=timeouts,
            retries=retries,
            transport=transport,
            on_call=on_call,
        )

    async def transfers(self, account: str) -> list[PhiladelphiaTransfer]:
        """Every document on an account, `account` its OPA number.

        Raises:
            ProviderError: Carto did not answer in full; none means that it has none.
        """
        where = f"FROM rtt_summary WHERE opa_account_num = {_literal(account)}"

        async def page(offset: int) -> list[PhiladelphiaTransfer]:
            window = f"ORDER BY cartodb_id LIMIT {self._page_size} OFFSET {offset}"
            return (await self._ask(f"SELECT {_COLUMNS} {where} {window}", _TRANSFERS)).rows

        async def count() -> int:
            return (await self._ask(f"SELECT count(*) AS n {where}", _COUNTS)).rows[0].n

        return await read_pages(
            PROVIDER, page, lambda row: str(row.cartodb_id), count, self._page_size
        )

    async def good_through(self) -> date | None:
        """The latest day, not in the future, on which a document of the data set was recorded."""
        answer = await self._ask(
            "SELECT max(recording_date) AS newest FROM rtt_summary WHERE recording_date <= now()",
            _NEWESTS,
        )
        return answer.rows[0].newest

    async def _ask(self, sql: str, shape: TypeAdapter[T]) -> T:
        def read(reply: Reply) -> T:
            if reply.status == 202:
                raise UnavailableProviderError(
                    PROVIDER, ErrorCode.UNAVAILABLE, "status 202, the result is not ready yet"
                )
            if reply.status != 200:
                raise _refusal(reply)
            return typed(PROVIDER, parse_json(PROVIDER, reply.body), shape)

        return await self._http.get("sql", read, params={"q": sql})


def _literal(text: str) -> str:
    """A text as SQL writes it: Carto takes no parameters."""
    return "'" + text.replace("\0", "").replace("'", "''") + "'"


def _refusal(reply: Reply) -> ProviderError:
    if reply.status != 400:
        return error_of_status(PROVIDER, reply)
    try:
        said = typed(PROVIDER, parse_json(PROVIDER, reply.body), _REFUSAL)
    except ProviderError:
        return error_of_status(PROVIDER, reply)
    if any("does not exist" in line for line in said.error):
        return PermanentProviderError(
            PROVIDER, ErrorCode.SCHEMA_DRIFT, "status 400, a column or table is gone"
        )
    return error_of_status(PROVIDER, reply)
