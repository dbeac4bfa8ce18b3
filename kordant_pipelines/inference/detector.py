"""A synthetic-speech detector from an operator's ONNX file, as its manifest describes it."""

import json
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import soxr
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kordant_pipelines.domain.errors import Misconfigured
from kordant_pipelines.inference.model import ModelInfo
from kordant_pipelines.inference.pcm import RATE, Pcm
from kordant_pipelines.inference.sessions import OnnxModel, Tensor

BATCH: Final = 8
_RANK: Final = 2


class Polarity(StrEnum):
    """What more of the model's number means."""

    SYNTHETIC = "higher_is_synthetic"
    GENUINE = "higher_is_genuine"


class Manifest(BaseModel):
    """What a detector takes and gives. AASIST: 64600 samples, output 1, class 1, genuine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[\w.-]{1,64}$")]
    version: Annotated[str, Field(pattern=r"^[\w.-]{1,64}$")]
    file: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")]
    licence: Annotated[str, Field(max_length=64)] = "unknown"
    sample_rate: Annotated[int, Field(ge=8_000, le=48_000)] = RATE
    window_samples: Annotated[int, Field(ge=4_000, le=1_000_000)]
    output_index: Annotated[int, Field(ge=0)] = 0
    class_index: Annotated[int, Field(ge=0)] = 0
    polarity: Polarity


class OnnxDetector:
    """A model from raw samples (batch, window_samples) to scores (batch, classes)."""

    def __init__(self, manifest: Manifest, model: OnnxModel) -> None:
        """Check the contract, and try it on silence.

        Raises:
            Misconfigured: the model takes or gives something else than the manifest says.
        """
        self._manifest = manifest
        self._model = model
        self._require_contract()
        self.info = ModelInfo(manifest.id, manifest.version, model.sha256, manifest.licence)
        self.stretch_samples = manifest.window_samples * RATE // manifest.sample_rate

    @classmethod
    def load(cls, path: Path, *, threads: int) -> "OnnxDetector":
        """The detector that the manifest at `path` describes; its `file` is beside it.

        Raises:
            Misconfigured: the manifest or the model is missing or wrong.
        """
        try:
            manifest = Manifest.model_validate(json.loads(path.read_bytes()))
        except OSError as error:
            raise Misconfigured(
                f"The detector's manifest {path} cannot be read: {error.strerror}."
            ) from None
        except ValidationError as error:
            faults = "; ".join(
                f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()
            )
            raise Misconfigured(f"The detector's manifest {path} is wrong: {faults}.") from None
        except ValueError:
            raise Misconfigured(f"The detector's manifest {path} is not JSON.") from None
        model = OnnxModel(path.parent / manifest.file, manifest.sha256, threads=threads)
        return cls(manifest, model)

    def scores(self, stretches: Sequence[Pcm]) -> Sequence[float]:
        """A score a stretch, more being more synthetic."""
        found: list[float] = []
        for first in range(0, len(stretches), BATCH):
            batch = [self._taken(stretch) for stretch in stretches[first : first + BATCH]]
            found += self._scored(np.stack(batch)).tolist()
        return found

    def _taken(self, stretch: Pcm) -> Pcm:
        if self._manifest.sample_rate == RATE:
            return stretch
        # Resampling may end a sample early or late.
        return np.resize(
            soxr.resample(stretch, RATE, self._manifest.sample_rate), self._manifest.window_samples
        ).astype(np.float32)

    def _scored(self, batch: Tensor) -> Tensor:
        output = self._model.run({self._model.inputs[0].name: batch})[self._manifest.output_index]
        scores = output if output.ndim == 1 else output[:, self._manifest.class_index]
        return scores if self._manifest.polarity is Polarity.SYNTHETIC else -scores

    def _require_contract(self) -> None:
        manifest, model = self._manifest, self._model
        [*inputs] = model.inputs
        wanted = (None, manifest.window_samples)
        if len(inputs) != 1 or inputs[0].kind != "tensor(float)" or len(inputs[0].shape) != _RANK:
            self._refuse(f"it must take one input of floats of shape (batch, {wanted[1]})")
        if inputs[0].shape[1] not in wanted:
            self._refuse(f"it takes {inputs[0].shape[1]} samples, the manifest says {wanted[1]}")
        if inputs[0].shape[0] not in (None, BATCH):
            self._refuse(f"its batch is fixed at {inputs[0].shape[0]}; export it with any batch")
        if manifest.output_index >= len(model.outputs):
            self._refuse(
                f"it has {len(model.outputs)} outputs, output_index is {manifest.output_index}"
            )
        try:
            tried = self._scored(np.zeros((2, manifest.window_samples), np.float32))
        except Exception as error:  # noqa: BLE001 - onnxruntime's errors have no base of their own
            self._refuse(f"it does not run on two windows of silence ({type(error).__name__})")
        else:
            if tried.shape != (2,) or not np.isfinite(tried).all():
                self._refuse("on two windows of silence it gives no two finite scores")

    def _refuse(self, why: str) -> None:
        raise Misconfigured(f"The detector {self._model.path} breaks its contract: {why}.")
