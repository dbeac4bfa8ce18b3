"""Reading a result that comes in pages, whole or not at all."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from kordant_pipelines.providers.errors import ErrorCode, UnavailableProviderError

T = TypeVar("T")

LONGEST: Final = 50_000
"""Rows past which a result is refused: no property has so many, so the query went wrong."""
SHORT: Final = 100
"""Rows fewer than which no server cuts a page: it is the whole result if the page is not full."""


async def read_pages(
    provider: str,
    page: Callable[[int], Awaitable[list[T]]],
    key: Callable[[T], str],
    count: Callable[[], Awaitable[int]],
    page_size: int,
) -> list[T]:
    """Every row of a result, each once.

    A data set that is replaced while its pages are read shifts under them, and a server may cut
    pages shorter than was asked; so a result that is not short must hold as many rows as are then
    counted, and is read once more if it does not.

    Args:
        provider: the adapter's name.
        page: the rows from an offset on, in an order that stays, `page_size` of them or the rest.
        key: tells a row apart.
        count: how many rows there are.
        page_size: as above.

    Raises:
        UnavailableProviderError: `malformed_response`, the rows changed while they were read, or
            there is no end to them.
        ProviderError: what `page` and `count` raise.
    """
    for _ in range(2):
        rows: dict[str, T] = {}
        offset, last = 0, page_size
        while last == page_size:
            if offset >= LONGEST:
                raise UnavailableProviderError(
                    provider, ErrorCode.MALFORMED_RESPONSE, f"over {LONGEST} rows"
                )
            found = await page(offset)
            last = len(found)
            offset += last
            rows.update((key(row), row) for row in found)
        if offset < min(SHORT, page_size) or len(rows) == await count():
            return list(rows.values())
    raise UnavailableProviderError(
        provider, ErrorCode.MALFORMED_RESPONSE, "the rows changed while they were read"
    )
