"""An inference service: asked over HTTP, held to the model it named, no verdict when it fails."""

from collections.abc import Generator

import pytest
from pydantic import SecretStr

from kordant_pipelines.domain.errors import Misconfigured
from kordant_pipelines.domain.voice.verdicts import Authenticity, Limit, Match
from kordant_pipelines.domain.voice.work import VoiceState
from kordant_pipelines.inference.remote import RemoteSpeaker, VoiceService
from kordant_pipelines.providers.errors import ErrorCode, PermanentProviderError
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.sandbox.voice_service.service import (
    API_KEY,
    DETECTOR_SHA256,
    DIMENSION,
    SPEAKER_SHA256,
)
from kordant_pipelines.sandbox.voices.recordings import ADA, recording, speech
from kordant_pipelines.security.keyring import Keyring
from kordant_pipelines.services.container import Services, build_services
from kordant_pipelines.settings import Settings
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.voice.saying import LABEL, analysed, job, protected

NAME = "voice_service"


@pytest.fixture
def pointed(settings: Settings, sandbox: Sandbox) -> Settings:
    return settings.model_copy(
        update={
            "voice_service_url": f"{sandbox.url}/voice-service",
            "voice_service_api_key": SecretStr(API_KEY),
            "provider_timeout_seconds": 1.0,
            "provider_patience_seconds": 0.0,
        }
    )


@pytest.fixture
def services(pointed: Settings, keyring: Keyring, clock: HandClock) -> Generator[Services]:
    """Services whose models are the sandbox's."""
    opened = build_services(pointed, keyring, clock=clock)
    yield opened
    opened.close()


def test_its_models_enrol_and_score_and_nobody_measured_them(
    services: Services, sandbox: Sandbox
) -> None:
    subscription, _ = protected(services)
    result = analysed(services, subscription, recording(ADA, 20)).result
    assert result is not None
    assert (result.speaker_sha256, result.detector_sha256) == (SPEAKER_SHA256, DETECTOR_SHA256)
    assert result.match_score is not None
    assert result.match_score > 0.9
    assert result.match is Match.UNSURE
    assert result.authenticity is Authenticity.INCONCLUSIVE
    assert {Limit.SPEAKER_UNCALIBRATED, Limit.DETECTOR_UNCALIBRATED} <= set(result.limits)
    assert sandbox.call_count(NAME, endpoint="POST /embed", status=200) == 4


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("unavailable", "unavailable"),
        ("timeout", "timeout"),
        ("disconnect", "malformed_response"),
        ("truncated", "malformed_response"),
        ("bad_key", "bad_key"),
        ("schema_drift", "schema_drift"),
        ("rate_limited", "rate_limited"),
    ],
)
def test_what_it_does_not_answer_is_put_off_and_done_later(
    services: Services, sandbox: Sandbox, clock: HandClock, kind: str, reason: str
) -> None:
    subscription, _ = protected(services)
    taken = services.voice.intake.analyse(subscription, recording(ADA, 20), label=LABEL)
    sandbox.fault(NAME, kind, path_contains="embed")
    report = services.voice.voiceprint.work(subscription, "run-1")
    assert report.put_off == {reason: 1}
    assert not report.is_whole
    waiting = job(services, subscription, taken.job_id)
    assert (waiting.state, waiting.failure, waiting.result) == (VoiceState.PENDING, reason, None)
    assert services.alerts.of(subscription) == []
    sandbox.clear_faults()
    clock.advance(minutes=1)
    assert services.voice.voiceprint.work(subscription, "run-2").analysed == 1


@pytest.mark.parametrize(
    "changed", [{"sha256": "0" * 64}, {"dimension": DIMENSION + 1}], ids=["model", "dimension"]
)
def test_an_answer_of_another_model_is_not_used(
    sandbox: Sandbox, changed: dict[str, object]
) -> None:
    service = VoiceService(
        url=f"{sandbox.url}/voice-service", api_key=API_KEY, timeout=5.0, patience=0.0
    )
    known = service.info().speaker
    assert known is not None
    speaker = RemoteSpeaker(service, known.model_copy(update=changed))
    with pytest.raises(PermanentProviderError, match="another") as refused:
        speaker.embed([speech(ADA, 5.0, 1)])
    assert refused.value.code is ErrorCode.SCHEMA_DRIFT


def test_a_service_that_does_not_say_what_it_runs_stops_the_run_before_it_takes_anything(
    services: Services, pointed: Settings, keyring: Keyring, clock: HandClock, sandbox: Sandbox
) -> None:
    subscription, _ = protected(services)
    services.voice.intake.analyse(subscription, recording(ADA, 20), label=LABEL)
    sandbox.fault(NAME, "bad_key", path_contains="info")
    fresh = build_services(pointed, keyring, clock=clock)
    with pytest.raises(Misconfigured, match="KORDANT_VOICE_SERVICE_API_KEY"):
        fresh.voice.voiceprint.work(subscription, "run-1")
    sandbox.clear_faults()
    assert fresh.voice.voiceprint.work(subscription, "run-2").analysed == 1
    fresh.close()
