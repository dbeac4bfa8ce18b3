"""What every part of listening agrees on: mono samples at one rate."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

RATE: Final = 16_000
"""Samples a second that all models here take."""

Pcm = NDArray[np.float32]
"""Mono samples at `RATE`, within -1 and 1; shape (samples,)."""

Vectors = NDArray[np.float32]
"""Embeddings at length 1; shape (windows, dimension)."""


def unit(vectors: Vectors) -> Vectors:
    """The vectors at length 1; a vector of zeros stays one."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return (vectors / np.maximum(lengths, np.finfo(np.float32).tiny)).astype(np.float32)
