"""Speaker embeddings on this machine: WeSpeaker's ResNet34, trained on VoxCeleb."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import numpy as np

from kordant_pipelines.domain.errors import Misconfigured
from kordant_pipelines.inference.fbank import BINS, centred, fbank
from kordant_pipelines.inference.model import ModelInfo
from kordant_pipelines.inference.pcm import Pcm, Vectors, unit
from kordant_pipelines.inference.sessions import OnnxModel

BATCH: Final = 2
"""Windows a call. On CPU more are no faster (bench.voice), and take some 30 MB each at 8 s."""


class OnnxSpeaker:
    """A model from centred filter banks (batch, frames, 80) to embeddings (batch, dimension)."""

    def __init__(self, model: OnnxModel, info: ModelInfo, *, batch: int = BATCH) -> None:
        """Check the contract.

        Raises:
            Misconfigured: the model takes or gives something else.
        """
        shapes = [port.shape for port in (*model.inputs, *model.outputs[:1])]
        if (
            len(shapes) != 2
            or shapes[0] != (None, None, BINS)
            or len(shapes[1]) != 2
            or shapes[1][1] is None
        ):
            raise Misconfigured(
                f"{model.path} is no speaker model: it must take one input of shape "
                f"(batch, frames, {BINS}) and give (batch, dimension) first."
            )
        self._model = model
        self._batch = batch
        self._input = model.inputs[0].name
        self.info = info
        self.dimension = shapes[1][1]

    def embed(self, windows: Sequence[Pcm]) -> Vectors:
        """An embedding a window, in their order. Windows as long as each other go in batches."""
        alike: defaultdict[int, list[int]] = defaultdict(list)
        for place, window in enumerate(windows):
            alike[len(window)].append(place)
        vectors = np.zeros((len(windows), self.dimension), np.float32)
        for places in alike.values():
            for first in range(0, len(places), self._batch):
                batch = places[first : first + self._batch]
                features = np.stack([centred(fbank(windows[place])) for place in batch])
                vectors[batch] = self._model.run({self._input: features})[0]
        return unit(vectors)
