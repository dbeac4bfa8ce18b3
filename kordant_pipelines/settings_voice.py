"""The settings of VoicePrint's models: a part of `Settings`."""

from pathlib import Path
from typing import Annotated

from platformdirs import user_cache_path
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class VoiceSettings(BaseSettings):
    """Without a detector, of file or of service, nothing is said about synthetic speech."""

    voice_models: Path = Field(
        default_factory=lambda: user_cache_path("kordant") / "models",
        description="Folder that holds the voice models; `kordant voice models` fills it.",
    )
    voice_detector: Path | None = Field(
        default=None,
        description="Manifest of a synthetic-speech detector (ONNX); unset: not assessed.",
    )
    voice_service_url: str | None = Field(
        default=None, description="Base URL of an inference service of your own."
    )
    voice_service_api_key: SecretStr | None = Field(
        default=None, description="Its key, sent as a bearer token."
    )
    voice_threads: Annotated[int, Field(ge=1, le=256)] | None = Field(
        default=None, description="Threads of the voice models; default: the cores over the slots."
    )
