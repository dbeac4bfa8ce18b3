"""Recordings and what tests read back of them."""

from collections.abc import Sequence

from sqlalchemy import func, select

from kordant_pipelines.domain.voice.work import VoiceState
from kordant_pipelines.sandbox.voices.recordings import ADA, recording
from kordant_pipelines.sandbox.voices.talker import Voice
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.voice.view import SeenJob
from kordant_pipelines.storage.models import VoiceJobRow, VoiceRecordingRow, VoiceResultRow
from kordant_pipelines_tests.services.looking import subscribe

LABEL = "Ada the Secret"


def clips(voice: Voice, *, first: int = 1) -> list[bytes]:
    """Three enrolment recordings."""
    return [recording(voice, seed) for seed in range(first, first + 3)]


def protected(services: Services, voice: Voice = ADA) -> tuple[str, str]:
    """A subscription with an enrolled voice; its id and the voice's."""
    subscription = subscribe(services.subscriptions, "ada@example.com")
    taken = services.voice.intake.enrol(subscription, LABEL, clips(voice))
    report = services.voice.voiceprint.work(subscription, "run-enrol")
    assert report.enrolled == 1, report.sentence()
    assert taken.voice_id is not None
    return subscription, taken.voice_id


def analysed(
    services: Services, subscription: str, data: bytes, *, label: str | None = LABEL
) -> SeenJob:
    """Hand a recording in, work it off; its job."""
    taken = services.voice.intake.analyse(subscription, data, label=label)
    services.voice.voiceprint.work(subscription, f"run-{taken.job_id}")
    return job(services, subscription, taken.job_id)


def job(services: Services, subscription: str, job_id: str) -> SeenJob:
    """A job as it stands."""
    [found] = [j for j in services.voice.view.jobs(subscription, limit=1000) if j.id == job_id]
    return found


def states(services: Services) -> dict[VoiceState, int]:
    """How many jobs stand where."""
    with services.database.transaction() as session:
        rows = session.execute(
            select(VoiceJobRow.state, func.count()).group_by(VoiceJobRow.state)
        ).all()
        return {row[0]: row[1] for row in rows}


def results(services: Services) -> Sequence[VoiceResultRow]:
    """Every result."""
    with services.database.transaction() as session:
        return session.scalars(select(VoiceResultRow).order_by(VoiceResultRow.job_id)).all()


def audio_kept(services: Services, job_id: str) -> int:
    """How many of a job's recordings are still stored."""
    with services.database.transaction() as session:
        count = select(func.count()).where(
            VoiceRecordingRow.job_id == job_id, VoiceRecordingRow.audio_sealed.is_not(None)
        )
        return session.execute(count).scalar_one()
