"""What the service says, as the README documents it."""

from typing import Annotated

from pydantic import BaseModel, Field

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, Field(pattern=r"^[\w.-]{1,64}$")]


class SpeakerModel(BaseModel):
    """The speaker model that the service runs."""

    id: Name
    version: Name
    sha256: Digest
    licence: str = "unknown"
    dimension: Annotated[int, Field(ge=2, le=4096)]


class DetectorModel(BaseModel):
    """The detector that the service runs; it takes so many samples at 16 kHz for one score."""

    id: Name
    version: Name
    sha256: Digest
    licence: str = "unknown"
    window_samples: Annotated[int, Field(ge=4_000, le=1_000_000)]


class ServiceInfo(BaseModel):
    """What the service offers; what it does not is None."""

    speaker: SpeakerModel | None = None
    detector: DetectorModel | None = None


class EmbeddingAnswer(BaseModel):
    """An embedding, and the digest of the model that made it."""

    model: Digest
    embedding: list[Annotated[float, Field(allow_inf_nan=False)]]


class ScoreAnswer(BaseModel):
    """A score, more being more synthetic, and the digest of the model that gave it."""

    model: Digest
    score: Annotated[float, Field(allow_inf_nan=False)]
