"""What listening needs of a model, wherever it runs: embeddings, perhaps a detector's scores."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from kordant_pipelines.inference.pcm import Pcm, Vectors


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Which model said something. `sha256` is what tells two apart, whatever they are called."""

    id: str
    version: str
    sha256: str
    licence: str


class Speaker(Protocol):
    """Turns speech into embeddings. Those of two models are never compared."""

    @property
    def info(self) -> ModelInfo:
        """Which model it is."""
        ...

    def embed(self, windows: Sequence[Pcm]) -> Vectors:
        """A unit vector a window, in their order.

        Raises:
            ProviderError: a service was asked and did not answer.
        """
        ...


class Detector(Protocol):
    """Scores how synthetic speech sounds; more is more synthetic, on a scale of the model's own."""

    @property
    def info(self) -> ModelInfo:
        """Which model it is."""
        ...

    def scores(self, stretches: Sequence[Pcm]) -> Sequence[float]:
        """A score a stretch, in their order; stretches are as long as `stretch_samples`.

        Raises:
            ProviderError: a service was asked and did not answer.
        """
        ...

    @property
    def stretch_samples(self) -> int:
        """How many samples one score is of."""
        ...


@dataclass(frozen=True, slots=True)
class VoiceModel:
    """The models in use. Without a detector nothing is said about synthetic speech."""

    speaker: Speaker
    detector: Detector | None
