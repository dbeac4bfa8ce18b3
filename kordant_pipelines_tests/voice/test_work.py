"""From recordings handed in to results: what is found, what is refused, what is told."""

import pytest
from sqlalchemy import select, text

from kordant_pipelines.domain.alerts import AlertKind
from kordant_pipelines.domain.errors import InactiveSubscription, RefusedInput
from kordant_pipelines.domain.voice.recordings import Unusable
from kordant_pipelines.domain.voice.verdicts import Authenticity, Limit, Match
from kordant_pipelines.domain.voice.work import VoiceState
from kordant_pipelines.sandbox.voices.recordings import ADA, BEN, recording
from kordant_pipelines.services.container import Services
from kordant_pipelines.storage.models import Base
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.services.looking import subscribe
from kordant_pipelines_tests.voice.saying import (
    LABEL,
    analysed,
    audio_kept,
    clips,
    job,
    protected,
    results,
)


def test_an_enrolled_voice_is_told_from_another(services: Services) -> None:
    subscription, voice = protected(services)
    own = analysed(services, subscription, recording(ADA, 20)).result
    other = analysed(services, subscription, recording(BEN, 21)).result
    assert own is not None
    assert other is not None
    assert (own.match, other.match) == (Match.MATCH, Match.NO_MATCH)
    assert own.matched_voice_id == voice
    assert own.match_score is not None
    assert own.match_score >= own.match_upper
    assert own.speech_seconds > 4
    assert own.speaker.startswith("wespeaker-voxceleb-resnet34")
    assert [w[2] is not None for w in own.windows] == [True]


def test_without_a_detector_nothing_is_said_of_synthetic_speech_and_nobody_is_alarmed(
    services: Services,
) -> None:
    subscription, _ = protected(services)
    result = analysed(services, subscription, recording(ADA, 20)).result
    assert result is not None
    assert result.authenticity is Authenticity.NOT_ASSESSED
    assert (result.synthetic_score, result.detector) == (None, None)
    assert {Limit.CLONE_CAN_MATCH, Limit.SPEAKER_UNCALIBRATED, Limit.NO_DETECTOR} == set(
        result.limits
    )
    assert services.alerts.of(subscription) == []


def test_a_recording_that_claims_nobody_is_held_against_every_voice(services: Services) -> None:
    subscription, ada = protected(services)
    ben = services.voice.intake.enrol(subscription, "Ben", clips(BEN)).voice_id
    for voice, whose in ((ADA, ada), (BEN, ben)):
        result = analysed(services, subscription, recording(voice, 30), label=None).result
        assert result is not None
        assert (result.match, result.matched_voice_id) == (Match.MATCH, whose)


def test_without_an_enrolled_voice_there_is_no_match_and_no_claim_of_one(
    services: Services,
) -> None:
    subscription = subscribe(services.subscriptions, "ada@example.com")
    result = analysed(services, subscription, recording(ADA, 20), label=None).result
    assert result is not None
    assert (result.match, result.match_score) == (Match.NOT_COMPARED, None)
    assert Limit.NOTHING_ENROLLED in result.limits


def test_analyses_handed_in_with_an_enrolment_wait_for_it(services: Services) -> None:
    subscription = subscribe(services.subscriptions, "ada@example.com")
    services.voice.intake.enrol(subscription, LABEL, clips(ADA))
    taken = services.voice.intake.analyse(subscription, recording(ADA, 20), label=LABEL)
    report = services.voice.voiceprint.work(subscription, "run-1")
    assert (report.enrolled, report.analysed) == (1, 1)
    result = job(services, subscription, taken.job_id).result
    assert result is not None
    assert result.match is Match.MATCH


def test_a_replayed_enrolment_is_alerted_once_with_what_to_do(services: Services) -> None:
    subscription, voice = protected(services)
    found = analysed(services, subscription, clips(ADA)[1] + b"\0\0")  # its bytes differ
    assert found.result is not None
    assert "replay" in found.result.signals
    assert found.result.matched_voice_id == voice
    services.voice.voiceprint.work(subscription, "run-again")
    [alert] = services.alerts.of(subscription)
    assert alert.kind is AlertKind.VOICE_REPLAY
    assert LABEL in alert.text.title
    assert "Hang up" in alert.text.action
    assert "2026-11-24" in alert.text.when


def test_two_speakers_are_not_enrolled_as_one(services: Services) -> None:
    subscription = subscribe(services.subscriptions, "ada@example.com")
    mixed = [*clips(ADA)[:2], recording(BEN, 9)]
    taken = services.voice.intake.enrol(subscription, LABEL, mixed)
    services.voice.voiceprint.work(subscription, "run-1")
    found = job(services, subscription, taken.job_id)
    assert (found.state, found.unusable) == (VoiceState.NOT_EVALUABLE, Unusable.VOICES_DIFFER)
    [seen] = services.voice.view.voices(subscription)
    assert seen.enrolled_at is None


def test_a_renewal_that_cannot_be_used_leaves_the_voice_as_it_was(services: Services) -> None:
    subscription, _ = protected(services)
    services.voice.intake.enrol(subscription, LABEL, [b"x", b"y", b"z"])
    report = services.voice.voiceprint.work(subscription, "run-2")
    assert report.unusable == {"not_audio": 1}
    result = analysed(services, subscription, recording(ADA, 20)).result
    assert result is not None
    assert result.match is Match.MATCH


def test_the_audio_of_an_analysis_is_let_go_of_and_that_of_an_enrolment_is_kept(
    services: Services,
) -> None:
    subscription, _ = protected(services)
    done = analysed(services, subscription, recording(ADA, 20))
    refused = analysed(services, subscription, b"%PDF-1.7 and more")
    assert (audio_kept(services, done.id), audio_kept(services, refused.id)) == (0, 0)
    enrolment = services.voice.view.jobs(subscription, limit=10)[-1]
    assert audio_kept(services, enrolment.id) == 3


def test_neither_audio_nor_names_nor_embeddings_are_readable_in_the_database(
    services: Services,
) -> None:
    subscription, _ = protected(services)
    analysed(services, subscription, clips(ADA)[1] + b"\0\0")
    tables = ("protected_voices", "voice_jobs", "voice_recordings", "voiceprints", "alerts")
    with services.database.connection() as connection:
        stored = "".join(
            value.hex() if isinstance(value, bytes) else str(value).lower()
            for table in tables
            for row in connection.execute(select(Base.metadata.tables[table]))
            for value in row
        )
    assert len(stored) > 100_000
    for readable in (b"RIFF", LABEL.encode(), b"WAVEfmt"):
        assert readable.hex() not in stored
        assert readable.decode().lower() not in stored


def test_another_speaker_model_enrols_anew_from_the_recordings_kept(services: Services) -> None:
    subscription, _ = protected(services)
    with services.database.connection() as connection:
        connection.execute(text("UPDATE voiceprints SET model_sha256 = repeat('a', 64)"))
    result = analysed(services, subscription, recording(ADA, 20)).result
    assert result is not None
    assert result.match is Match.MATCH
    with services.database.connection() as connection:
        [kept] = connection.execute(text("SELECT model_sha256 FROM voiceprints")).scalars()
    assert kept == result.speaker_sha256


def test_the_same_recording_is_one_job_and_has_one_result(services: Services) -> None:
    subscription, _ = protected(services)
    first = analysed(services, subscription, recording(ADA, 20))
    again = services.voice.intake.analyse(subscription, recording(ADA, 20), label=LABEL)
    assert (again.job_id, again.is_new) == (first.id, False)
    assert services.voice.voiceprint.work(subscription, "run-3").analysed == 0
    assert len(results(services)) == 1


def test_nothing_is_taken_for_a_subscription_that_is_not_active(
    services: Services, clock: HandClock
) -> None:
    subscription, _ = protected(services)
    services.voice.intake.analyse(subscription, recording(ADA, 20), label=LABEL)
    assert services.voice.queue.due(clock(), after="", limit=10) == [subscription]
    services.subscriptions.cancel(subscription)
    assert services.voice.queue.due(clock(), after="", limit=10) == []
    with pytest.raises(InactiveSubscription):
        services.voice.voiceprint.work(subscription, "run-2")
    with pytest.raises(InactiveSubscription):
        services.voice.intake.analyse(subscription, recording(ADA, 22), label=LABEL)


def test_what_cannot_be_taken_in_is_refused_whole(services: Services) -> None:
    subscription = subscribe(services.subscriptions, "ada@example.com")
    intake = services.voice.intake
    for recordings, why in (
        ([b"a", b"b"], "3 to 10 recordings"),
        ([b"a", b"b", b"b"], "same file"),
        ([b"a", b"b", b""], "Recording 3: .*nothing"),
        ([b"a", b"b", bytes(16 * 1024 * 1024 + 1)], "larger than 16 MiB"),
    ):
        with pytest.raises(RefusedInput, match=why):
            intake.enrol(subscription, LABEL, recordings)
    with pytest.raises(RefusedInput, match="protects no voice named 'Nobody'"):
        intake.analyse(subscription, b"a", label="Nobody")
    with pytest.raises(RefusedInput, match="needs a name"):
        intake.enrol(subscription, " ", clips(ADA))
    assert services.voice.view.jobs(subscription, limit=9) == []
    assert services.voice.view.voices(subscription) == []
