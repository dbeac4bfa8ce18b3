"""What every adapter over HTTP is: a client that opens and closes with its connections."""

from types import TracebackType
from typing import Self

from kordant_pipelines.providers.transport import ProviderHttp


class ProviderClient:
    """An adapter's base. Its class makes `_http`; open it inside the event loop that uses it."""

    _http: ProviderHttp

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._http.__aexit__(kind, error, traceback)
