"""Running a model file on CPU: its bytes are checked when it is opened, its threads bounded."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from kordant_pipelines.domain.errors import Misconfigured

_ERRORS_ONLY: Final = 3

Tensor = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Port:
    """A model's input or output. A size that may vary is None."""

    name: str
    shape: tuple[int | None, ...]
    kind: str


class OnnxModel:
    """A model in memory. Its runs may be called from several threads."""

    def __init__(self, path: Path, sha256: str, *, threads: int) -> None:
        """Read and check the file.

        Raises:
            Misconfigured: it is not there, is another file than `sha256` says, or is no model.
        """
        data = read_checked(path, sha256)
        runtime: Any = ort  # it annotates nothing
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        # A worker runs beside others: memory for the longest batch so far is not kept for good.
        options.enable_cpu_mem_arena = False
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session: Any = runtime.InferenceSession(
                data, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # noqa: BLE001 - its errors have no base of their own
            raise Misconfigured(
                f"{path} is not a model that onnxruntime {ort.__version__} can run "
                f"({type(error).__name__})."
            ) from None
        self.sha256 = sha256
        self.path = path
        self.inputs = tuple(_port(port) for port in self._session.get_inputs())
        self.outputs = tuple(_port(port) for port in self._session.get_outputs())

    def run(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        """All outputs, in the model's order."""
        return self._session.run(None, dict(inputs))


def read_checked(path: Path, sha256: str) -> bytes:
    """The bytes of a model's file.

    Raises:
        Misconfigured: it cannot be read, or its SHA-256 is another.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Misconfigured(f"The model {path} cannot be read: {error.strerror}.") from None
    found = hashlib.sha256(data).hexdigest()
    if found != sha256.lower():
        raise Misconfigured(
            f"{path} is not the model it should be: its SHA-256 is {found}, not {sha256}. "
            "Fetch it anew, or correct the digest."
        )
    return data


def _port(port: Any) -> Port:
    shape = tuple(size if isinstance(size, int) else None for size in port.shape)
    return Port(port.name, shape, port.type)
