"""VoicePrint's services, wired."""

from dataclasses import dataclass

from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.services.people import People
from kordant_pipelines.services.voice.calibrating import Calibration
from kordant_pipelines.services.voice.intake import Intake
from kordant_pipelines.services.voice.models import (
    ServiceAddress,
    SharedEngine,
    VoiceModels,
    threads_for,
)
from kordant_pipelines.services.voice.queue import VoiceQueue
from kordant_pipelines.services.voice.view import VoiceView
from kordant_pipelines.services.voice.work import VoicePrint
from kordant_pipelines.settings import Settings
from kordant_pipelines.storage.database import Database


@dataclass(frozen=True, slots=True)
class Voice:
    """Taking recordings in, working them off, showing what came of them."""

    intake: Intake
    queue: VoiceQueue
    voiceprint: VoicePrint
    view: VoiceView
    calibration: Calibration


def open_voice(settings: Settings, database: Database, people: People, clock: Clock) -> Voice:
    """Wire them up. No model is opened before it is needed."""
    key = settings.voice_service_api_key
    service = settings.voice_service_url and ServiceAddress(
        settings.voice_service_url,
        key.get_secret_value() if key else None,
        settings.provider_timeout_seconds,
        settings.provider_patience_seconds,
    )
    models = VoiceModels(
        folder=settings.voice_models,
        detector_manifest=settings.voice_detector,
        service=service or None,
        threads=settings.voice_threads or threads_for(settings.worker_concurrency),
    )
    queue = VoiceQueue(database, clock)
    engine = SharedEngine(models.open)
    return Voice(
        intake=Intake(database, people, clock),
        queue=queue,
        voiceprint=VoicePrint(database, people, queue, engine, clock),
        view=VoiceView(database, people),
        calibration=Calibration(database, engine, clock),
    )
