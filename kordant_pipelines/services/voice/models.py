"""Opening the voice models that the settings name: once a process, when the first is needed."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kordant_pipelines.domain.errors import Misconfigured
from kordant_pipelines.inference.shipped import SPEAKER, SPEECH, ModelFile
from kordant_pipelines.providers.errors import ProviderError

if TYPE_CHECKING:
    from kordant_pipelines.inference.engine import VoiceEngine
    from kordant_pipelines.inference.model import Detector, Speaker
    from kordant_pipelines.inference.sessions import OnnxModel


@dataclass(frozen=True, slots=True)
class ServiceAddress:
    """An inference service. `timeout` is of one request, `patience` of its retries, in seconds."""

    url: str
    api_key: str | None
    timeout: float
    patience: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceModels:
    """Where the models are, and how many threads they may use."""

    folder: Path
    detector_manifest: Path | None
    service: "ServiceAddress | None"
    threads: int

    def open(self) -> "VoiceEngine":
        """Load the models. What the service offers goes before what is here.

        Raises:
            Misconfigured: a file is missing or wrong, or the service does not say what it runs.
        """
        # These take a third of a second to import, which commands and daemons should not cost.
        from kordant_pipelines.inference.detector import OnnxDetector
        from kordant_pipelines.inference.engine import VoiceEngine
        from kordant_pipelines.inference.model import ModelInfo, VoiceModel
        from kordant_pipelines.inference.speaker import OnnxSpeaker
        from kordant_pipelines.inference.vad import SpeechDetector

        speaker, detector = self._remote()
        if speaker is None:
            info = ModelInfo(SPEAKER.id, SPEAKER.version, SPEAKER.sha256, SPEAKER.licence)
            speaker = OnnxSpeaker(self._shipped(SPEAKER), info)
        if detector and self.detector_manifest:
            raise Misconfigured(
                "There are two detectors, KORDANT_VOICE_DETECTOR and the one of "
                "KORDANT_VOICE_SERVICE_URL: take one of them away, for one verdict must be given."
            )
        if self.detector_manifest:
            detector = OnnxDetector.load(self.detector_manifest, threads=self.threads)
        return VoiceEngine(VoiceModel(speaker, detector), SpeechDetector(self._shipped(SPEECH)))

    def _remote(self) -> "tuple[Speaker | None, Detector | None]":
        if self.service is None:
            return None, None
        from kordant_pipelines.inference.remote import RemoteDetector, RemoteSpeaker, VoiceService

        address = self.service
        service = VoiceService(
            url=address.url,
            api_key=address.api_key,
            timeout=address.timeout,
            patience=address.patience,
        )
        try:
            offered = service.info()
        except ProviderError as error:
            unknown = str(error)
        else:
            return (
                RemoteSpeaker(service, offered.speaker) if offered.speaker else None,
                RemoteDetector(service, offered.detector) if offered.detector else None,
            )
        raise Misconfigured(f"The voice service does not say what it runs. {unknown}")

    def _shipped(self, file: ModelFile) -> "OnnxModel":
        from kordant_pipelines.inference.sessions import OnnxModel

        path = self.folder / file.name
        if not path.is_file():
            raise Misconfigured(
                f"The voice model {file.id} is not in {self.folder}. Run `kordant voice models`, "
                "which fetches it, or set KORDANT_VOICE_MODELS to the folder that holds it."
            )
        return OnnxModel(path, file.sha256, threads=self.threads)


class SharedEngine:
    """One engine for all threads of a process, opened on first use."""

    def __init__(self, open_engine: Callable[[], "VoiceEngine"]) -> None:
        self._open = open_engine
        self._lock = threading.Lock()
        self._engine: VoiceEngine | None = None

    def __call__(self) -> "VoiceEngine":
        """The engine. A failure to open it is not kept: the next call tries again."""
        with self._lock:
            if self._engine is None:
                self._engine = self._open()
            return self._engine

    def forget(self) -> None:
        """Open it anew next time: a service may run another model by then."""
        with self._lock:
            self._engine = None


def threads_for(slots: int) -> int:
    """Threads for the models of a worker's child, where so many run beside each other."""
    return max(1, (os.cpu_count() or 1) // slots)
