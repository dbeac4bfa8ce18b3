"""The client: windows go out as WAV, an answer comes for each, from the model agreed on."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from pydantic import TypeAdapter

from kordant_pipelines.providers.answers import error_of_status, parse_json, typed
from kordant_pipelines.providers.client import ProviderClient
from kordant_pipelines.providers.errors import ErrorCode, PermanentProviderError
from kordant_pipelines.providers.reply import Reply
from kordant_pipelines.providers.retrying import RetryBudget, with_retries
from kordant_pipelines.providers.transport import ProviderHttp, Timeouts
from kordant_pipelines.providers.voice_service.models import (
    EmbeddingAnswer,
    ScoreAnswer,
    ServiceInfo,
)

PROVIDER: Final = "voice_service"
AT_ONCE: Final = 4
"""Requests in flight: a service with one GPU gains nothing from more."""

T = TypeVar("T")

_INFO: Final = TypeAdapter(ServiceInfo)
_EMBEDDING: Final = TypeAdapter(EmbeddingAnswer)
_SCORE: Final = TypeAdapter(ScoreAnswer)


class VoiceServiceClient(ProviderClient):
    """One service. Open it with `async with` inside the event loop that uses it.

    Args:
        base_url: `https://host/path`.
        api_key: sent as a bearer token, if there is one.
        timeouts: of each attempt.
        retries: of each window.
    """

    def __init__(
        self, *, base_url: str, api_key: str | None, timeouts: Timeouts, retries: RetryBudget
    ) -> None:
        self._retries = retries
        self._http = ProviderHttp(
            PROVIDER,
            base_url=base_url,
            key_header={"authorization": f"Bearer {api_key}"} if api_key else {},
            limiter=None,
            timeouts=timeouts,
            retries=retries,
        )

    async def info(self) -> ServiceInfo:
        """Which models it runs.

        Raises:
            ProviderError: it did not say.
        """
        return await self._http.get("info", lambda reply: _read(reply, _INFO))

    async def embeddings(
        self, windows: Sequence[bytes], *, model: str, dimension: int
    ) -> Sequence[Sequence[float]]:
        """An embedding a window, all by the model with this digest.

        Raises:
            ProviderError: one was not answered; `schema_drift` also if another model answered.
        """
        answers = await self._ask_all("embed", windows, _EMBEDDING)
        for answer in answers:
            _require(answer.model == model, "another model answered than /info named")
            _require(len(answer.embedding) == dimension, "the embedding has another dimension")
        return [answer.embedding for answer in answers]

    async def scores(self, windows: Sequence[bytes], *, model: str) -> Sequence[float]:
        """A score a window, all by the model with this digest.

        Raises:
            ProviderError: as `embeddings`.
        """
        answers = await self._ask_all("score", windows, _SCORE)
        for answer in answers:
            _require(answer.model == model, "another model answered than /info named")
        return [answer.score for answer in answers]

    async def _ask_all(
        self, endpoint: str, windows: Sequence[bytes], shape: TypeAdapter[T]
    ) -> Sequence[T]:
        gate = asyncio.Semaphore(AT_ONCE)
        return await asyncio.gather(
            *(self._ask(gate, endpoint, window, shape) for window in windows)
        )

    async def _ask(
        self, gate: asyncio.Semaphore, endpoint: str, window: bytes, shape: TypeAdapter[T]
    ) -> T:
        read: Callable[[Reply], T] = lambda reply: _read(reply, shape)  # noqa: E731 - typed

        async def attempt() -> T:
            return await self._http.post(
                endpoint, read, body=window, headers={"content-type": "audio/wav"}
            )

        async with gate:
            # A question changes nothing, so it may be asked again.
            return await with_retries(attempt, self._retries)


def _read(reply: Reply, shape: TypeAdapter[T]) -> T:
    if reply.status != 200:
        raise error_of_status(PROVIDER, reply)
    return typed(PROVIDER, parse_json(PROVIDER, reply.body), shape)


def _require(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - reads as an assertion
    if not holds:
        raise PermanentProviderError(PROVIDER, ErrorCode.SCHEMA_DRIFT, otherwise)
