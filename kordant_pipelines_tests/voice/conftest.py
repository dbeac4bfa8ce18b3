"""The default models, opened once for the session."""

import pytest

from kordant_pipelines.inference.engine import VoiceEngine
from kordant_pipelines.services.voice.models import VoiceModels
from kordant_pipelines.settings import Settings


@pytest.fixture(scope="session")
def engine() -> VoiceEngine:
    return VoiceModels(
        folder=Settings().voice_models, detector_manifest=None, service=None, threads=2
    ).open()
