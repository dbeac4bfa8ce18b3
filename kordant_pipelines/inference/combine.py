"""One voice from several recordings of it."""

from collections.abc import Sequence

import numpy as np

from kordant_pipelines.inference.pcm import Vectors, unit


def combined(vectors: Sequence[Vectors]) -> Sequence[float]:
    """The direction all recordings share, at length 1."""
    return unit(np.stack(vectors).mean(axis=0)).tolist()


def least_agreement(vectors: Sequence[Vectors]) -> float:
    """How similar the odd one out is to all the others together."""
    stacked = np.stack(vectors)
    others = unit((stacked.sum(axis=0) - stacked) / max(1, len(stacked) - 1))
    return float((stacked * others).sum(axis=1).min())


def similarity(vector: Vectors, embedding: Sequence[float]) -> float:
    """The cosine of a recording's vector and a voice's."""
    return float(vector @ np.asarray(embedding, np.float32))
