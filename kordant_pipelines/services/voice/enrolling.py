"""From enrolment recordings to a voiceprint."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kordant_pipelines.domain.voice.recordings import Unusable, UnusableRecording
from kordant_pipelines.domain.voice.verdicts import Thresholds
from kordant_pipelines.domain.voice.work import Task, VoiceState
from kordant_pipelines.security.vault import UserCipher
from kordant_pipelines.services.voice.intake import MIN_CLIPS
from kordant_pipelines.services.voice.queue import Claim, end, held
from kordant_pipelines.services.voice.sealing import (
    EMBEDDING_COLUMN,
    FINGERPRINTS_COLUMN,
    pack_floats,
)
from kordant_pipelines.storage.models import (
    ProtectedVoiceRow,
    VoiceJobRow,
    VoiceprintRow,
    VoiceRecordingRow,
)

if TYPE_CHECKING:
    from kordant_pipelines.inference.engine import VoiceEngine
    from kordant_pipelines.inference.pcm import Vectors
    from kordant_pipelines.inference.replay import Fingerprint


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A voice as its recordings give it, or why they do not."""

    unusable: Unusable | None
    refused: Mapping[int, Unusable]
    clips: int = 0
    seconds: float = 0.0
    speech_seconds: float = 0.0
    embedding: Sequence[float] = field(default=(), repr=False)
    fingerprints: bytes = field(default=b"", repr=False)


def listen(engine: "VoiceEngine", recordings: Sequence[bytes], thresholds: Thresholds) -> Enrolled:
    """Make a voiceprint of the recordings that can be used, if enough of them can.

    Raises:
        ProviderError: a model is a service that did not answer.
    """
    from kordant_pipelines.inference.combine import combined, least_agreement
    from kordant_pipelines.inference.replay import packed

    refused: dict[int, Unusable] = {}
    vectors: list[Vectors] = []
    prints: list[Fingerprint] = []
    seconds = speech_seconds = 0.0
    for position, data in enumerate(recordings):
        try:
            heard = engine.hear(data)
        except UnusableRecording as unusable:
            refused[position] = unusable.reason
            continue
        [judged] = engine.judge([heard])
        vectors.append(judged.vector)
        prints.append(heard.fingerprint)
        seconds += heard.seconds
        speech_seconds += heard.speech_seconds
    if len(vectors) < MIN_CLIPS:
        return Enrolled(next(iter(refused.values())), refused, seconds=seconds)
    if least_agreement(vectors) < thresholds.lower:
        return Enrolled(Unusable.VOICES_DIFFER, refused, seconds=seconds)
    return Enrolled(
        None, refused, len(vectors), seconds, speech_seconds, combined(vectors), packed(prints)
    )


def store(
    session: Session,
    cipher: UserCipher,
    claim: Claim,
    model_sha256: str,
    enrolled: Enrolled,
    run_id: str,
    now: datetime,
) -> VoiceState | None:
    """Write the voiceprint and end the job; None if the job is no longer ours: nothing is written.

    A renewal that cannot be used leaves the voiceprint there was.
    """
    row = held(session, claim)
    if row is None:
        return None
    for position, reason in enrolled.refused.items():
        session.execute(
            update(VoiceRecordingRow)
            .where(VoiceRecordingRow.job_id == row.id, VoiceRecordingRow.position == position)
            .values(unusable=reason)
        )
    if enrolled.unusable is not None:
        row.unusable = enrolled.unusable
        end(row, VoiceState.NOT_EVALUABLE, now)
        return row.state
    # Those of other models are of older recordings: they are made anew when a model needs them.
    session.execute(
        delete(VoiceprintRow).where(
            VoiceprintRow.voice_id == claim.voice_id, VoiceprintRow.model_sha256 != model_sha256
        )
    )
    values = {
        "embedding_sealed": cipher.encrypt_bytes(pack_floats(enrolled.embedding), EMBEDDING_COLUMN),
        "fingerprints_sealed": cipher.encrypt_bytes(enrolled.fingerprints, FINGERPRINTS_COLUMN),
        "clips": enrolled.clips,
        "speech_seconds": enrolled.speech_seconds,
        "enrolled_at": now,
        "run_id": run_id,
    }
    session.execute(
        insert(VoiceprintRow)
        .values(voice_id=claim.voice_id, model_sha256=model_sha256, **values)
        .on_conflict_do_update(index_elements=["voice_id", "model_sha256"], set_=values)
    )
    end(row, VoiceState.DONE, now)
    return row.state


def owe_other_model(
    session: Session, subscription_id: str, model_sha256: str, now: datetime
) -> int:
    """Owe anew the enrolment of each voice that the present model does not know; return how many.

    Embeddings of two models are never compared, so another model enrols from the recordings kept.
    """
    known = select(VoiceprintRow.voice_id).where(VoiceprintRow.model_sha256 == model_sha256)
    voices = session.scalars(
        select(ProtectedVoiceRow.id).where(
            ProtectedVoiceRow.subscription_id == subscription_id,
            ProtectedVoiceRow.id.not_in(known),
        )
    ).all()
    owed = 0
    for voice_id in voices:
        latest = session.scalars(
            select(VoiceJobRow)
            .where(
                VoiceJobRow.voice_id == voice_id,
                VoiceJobRow.task == Task.ENROL,
                VoiceJobRow.state == VoiceState.DONE,
            )
            .order_by(VoiceJobRow.ended_at.desc())
            .limit(1)
            .with_for_update(skip_locked=True)
        ).one_or_none()
        if latest is not None:
            latest.state, latest.attempts, latest.due_at = VoiceState.PENDING, 0, now
            latest.ended_at = None
            owed += 1
    return owed
