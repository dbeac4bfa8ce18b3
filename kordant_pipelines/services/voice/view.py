"""Reading voices, jobs and results back, each with the limits it must be shown with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from kordant_pipelines.domain.errors import UnknownSubscription
from kordant_pipelines.domain.voice.recordings import Unusable
from kordant_pipelines.domain.voice.work import Task, VoiceState
from kordant_pipelines.services.people import People
from kordant_pipelines.services.voice.sealing import LABEL_COLUMN
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import (
    ProtectedVoiceRow,
    SubscriptionRow,
    VoiceJobRow,
    VoiceprintRow,
    VoiceResultRow,
)


@dataclass(frozen=True, slots=True)
class SeenVoice:
    """A protected voice. Nothing is compared with it before it is enrolled."""

    id: str
    label: str
    clips: int | None
    speech_seconds: float | None
    enrolled_at: datetime | None


@dataclass(frozen=True, slots=True)
class SeenJob:
    """A voice job, and its result if it is a finished analysis."""

    id: str
    task: Task
    voice_id: str | None
    state: VoiceState
    unusable: Unusable | None
    failure: str | None
    created_at: datetime
    ended_at: datetime | None
    run_id: str | None
    result: VoiceResultRow | None


class VoiceView:
    """The voices of one domain database."""

    def __init__(self, database: Database, people: People) -> None:
        self._database = database
        self._people = people

    def voices(self, subscription_id: str) -> Sequence[SeenVoice]:
        """A subscription's voices, oldest first.

        Raises:
            UnknownSubscription: there is none with this id.
        """
        with self._database.transaction() as session:
            if session.get(SubscriptionRow, subscription_id) is None:
                raise UnknownSubscription(subscription_id)
            cipher = self._people.cipher_of(session, subscription_id)
            rows = session.execute(
                select(ProtectedVoiceRow, VoiceprintRow)
                .outerjoin(VoiceprintRow, VoiceprintRow.voice_id == ProtectedVoiceRow.id)
                .where(ProtectedVoiceRow.subscription_id == subscription_id)
                .order_by(ProtectedVoiceRow.created_at, ProtectedVoiceRow.id)
            ).all()
            return [
                SeenVoice(
                    voice.id,
                    cipher.decrypt(voice.label_sealed, LABEL_COLUMN),
                    voiceprint and voiceprint.clips,
                    voiceprint and voiceprint.speech_seconds,
                    voiceprint and voiceprint.enrolled_at,
                )
                for voice, voiceprint in rows
            ]

    def jobs(self, subscription_id: str, *, limit: int) -> Sequence[SeenJob]:
        """A subscription's newest jobs, newest first.

        Raises:
            UnknownSubscription: there is none with this id.
        """
        with self._database.transaction() as session:
            if session.get(SubscriptionRow, subscription_id) is None:
                raise UnknownSubscription(subscription_id)
            rows = session.execute(
                select(VoiceJobRow, VoiceResultRow)
                .outerjoin(VoiceResultRow, VoiceResultRow.job_id == VoiceJobRow.id)
                .where(VoiceJobRow.subscription_id == subscription_id)
                .order_by(VoiceJobRow.created_at.desc(), VoiceJobRow.id)
                .limit(limit)
            ).all()
            return [
                SeenJob(
                    job.id,
                    job.task,
                    job.voice_id,
                    job.state,
                    job.unusable,
                    job.failure,
                    job.created_at,
                    job.ended_at,
                    job.run_id,
                    result,
                )
                for job, result in rows
            ]
