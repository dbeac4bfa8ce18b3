"""Models that run elsewhere: an operator's inference service, asked window by window."""

import asyncio
import io
import wave
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from kordant_pipelines.inference.model import ModelInfo
from kordant_pipelines.inference.pcm import RATE, Pcm, Vectors, unit
from kordant_pipelines.providers.retrying import RetryBudget
from kordant_pipelines.providers.transport import Timeouts
from kordant_pipelines.providers.voice_service.client import VoiceServiceClient
from kordant_pipelines.providers.voice_service.models import (
    DetectorModel,
    ServiceInfo,
    SpeakerModel,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceService:
    """How to reach the service. Each call has connections of its own: workers fork and thread."""

    url: str
    api_key: str | None
    timeout: float
    patience: float

    def info(self) -> ServiceInfo:
        """What it runs.

        Raises:
            ProviderError: it did not say.
        """
        return self.ask(lambda client: client.info())

    def ask(self, question: Callable[[VoiceServiceClient], Coroutine[Any, Any, T]]) -> T:
        """Open a client, ask, close it."""

        async def asking() -> T:
            client = VoiceServiceClient(
                base_url=self.url,
                api_key=self.api_key,
                timeouts=Timeouts(total=self.timeout, read=self.timeout, write=self.timeout),
                retries=RetryBudget(total_wait=self.patience),
            )
            async with client:
                return await question(client)

        return asyncio.run(asking())


class RemoteSpeaker:
    """The service's speaker model."""

    def __init__(self, service: VoiceService, model: SpeakerModel) -> None:
        self._service = service
        self._dimension = model.dimension
        self.info = ModelInfo(model.id, model.version, model.sha256, model.licence)

    def embed(self, windows: Sequence[Pcm]) -> Vectors:
        """A unit vector a window; see `Speaker`."""
        if not windows:
            return np.zeros((0, self._dimension), np.float32)
        sent = [as_wav(window) for window in windows]
        said = self._service.ask(
            lambda client: client.embeddings(
                sent, model=self.info.sha256, dimension=self._dimension
            )
        )
        return unit(np.asarray(said, np.float32))


class RemoteDetector:
    """The service's detector."""

    def __init__(self, service: VoiceService, model: DetectorModel) -> None:
        self._service = service
        self.stretch_samples = model.window_samples
        self.info = ModelInfo(model.id, model.version, model.sha256, model.licence)

    def scores(self, stretches: Sequence[Pcm]) -> Sequence[float]:
        """A score a stretch; see `Detector`."""
        if not stretches:
            return []
        sent = [as_wav(stretch) for stretch in stretches]
        return self._service.ask(lambda client: client.scores(sent, model=self.info.sha256))


def as_wav(samples: Pcm) -> bytes:
    """Samples as a WAV of 16 bits."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes((np.clip(samples, -1, 1) * 32_767).astype("<i2").tobytes())
    return file.getvalue()
