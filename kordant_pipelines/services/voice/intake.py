"""Taking recordings in: stored encrypted, owed as jobs; nothing is listened to here."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.errors import RefusedInput
from kordant_pipelines.domain.voice.recordings import MAX_BYTES, Unusable
from kordant_pipelines.domain.voice.work import Task, VoiceState
from kordant_pipelines.security.vault import UserCipher
from kordant_pipelines.services.people import People
from kordant_pipelines.services.subscriptions import require_active
from kordant_pipelines.services.voice.sealing import AUDIO_COLUMN, CONTENT_COLUMN, LABEL_COLUMN
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import ProtectedVoiceRow, VoiceJobRow, VoiceRecordingRow

MIN_CLIPS: Final = 3
"""Recordings an enrolment takes: with fewer a voice is missed more often."""
MAX_CLIPS: Final = 10
_LABEL_LENGTH: Final = 100


@dataclass(frozen=True, slots=True)
class Taken:
    """A job that was taken in; not `is_new` if these very recordings were handed in before."""

    job_id: str
    voice_id: str | None
    is_new: bool


class Intake:
    """Takes recordings for the subscriptions of one domain database."""

    def __init__(self, database: Database, people: People, clock: Clock) -> None:
        self._database = database
        self._people = people
        self._clock = clock

    def enrol(self, subscription_id: str, label: str, recordings: Sequence[bytes]) -> Taken:
        """Owe the enrolment of a voice, or its renewal if the label is known.

        Raises:
            UnknownSubscription, InactiveSubscription: nothing may run for it.
            RefusedInput: the label, or the number or size of the recordings.
        """
        label = _checked_label(label)
        if not MIN_CLIPS <= len(recordings) <= MAX_CLIPS:
            raise RefusedInput(
                f"An enrolment takes {MIN_CLIPS} to {MAX_CLIPS} recordings of one speaker, "
                f"not {len(recordings)}."
            )
        if len({hashlib.sha256(data).digest() for data in recordings}) < len(recordings):
            raise RefusedInput("Two of the recordings are the same file; send different ones.")
        _require_sizes(recordings)
        now = self._clock()
        with self._database.transaction() as session:
            require_active(session, subscription_id)
            cipher = self._people.cipher_of(session, subscription_id)
            voice_id = self._voice(session, subscription_id, cipher, label, now)
            return self._owe(
                session, subscription_id, cipher, Task.ENROL, voice_id, recordings, now
            )

    def analyse(self, subscription_id: str, recording: bytes, *, label: str | None) -> Taken:
        """Owe the analysis of a recording, against the voice of this label or against all.

        Raises:
            UnknownSubscription, InactiveSubscription: nothing may run for it.
            RefusedInput: no voice has this label, or the recording's size.
        """
        _require_sizes([recording])
        now = self._clock()
        with self._database.transaction() as session:
            require_active(session, subscription_id)
            cipher = self._people.cipher_of(session, subscription_id)
            voice_id = None if label is None else self._known(session, subscription_id, label)
            return self._owe(
                session, subscription_id, cipher, Task.ANALYSE, voice_id, [recording], now
            )

    def _voice(
        self,
        session: Session,
        subscription_id: str,
        cipher: UserCipher,
        label: str,
        now: datetime,
    ) -> str:
        session.execute(
            insert(ProtectedVoiceRow)
            .values(
                subscription_id=subscription_id,
                label_sealed=cipher.encrypt(label, LABEL_COLUMN),
                label_index=self._label_index(label),
                created_at=now,
            )
            .on_conflict_do_nothing(index_elements=["subscription_id", "label_index"])
        )
        return self._known(session, subscription_id, label)

    def _known(self, session: Session, subscription_id: str, label: str) -> str:
        voice_id = session.scalar(
            select(ProtectedVoiceRow.id).where(
                ProtectedVoiceRow.subscription_id == subscription_id,
                ProtectedVoiceRow.label_index == self._label_index(_checked_label(label)),
            )
        )
        if voice_id is None:
            raise RefusedInput(
                f"Subscription {subscription_id!r} protects no voice named {label!r}. "
                "`kordant voice show` lists those it does."
            )
        return voice_id

    def _owe(
        self,
        session: Session,
        subscription_id: str,
        cipher: UserCipher,
        task: Task,
        voice_id: str | None,
        recordings: Sequence[bytes],
        now: datetime,
    ) -> Taken:
        digests = [hashlib.sha256(data).hexdigest() for data in recordings]
        content = "/".join([task.value, voice_id or "", *digests])
        index = self._people.index.digest(CONTENT_COLUMN, content)
        job_id = session.scalar(
            insert(VoiceJobRow)
            .values(
                subscription_id=subscription_id,
                task=task,
                voice_id=voice_id,
                content_index=index,
                state=VoiceState.PENDING,
                due_at=now,
                created_at=now,
            )
            .on_conflict_do_nothing(index_elements=["subscription_id", "content_index"])
            .returning(VoiceJobRow.id)
        )
        if job_id is None:
            known = select(VoiceJobRow.id).where(
                VoiceJobRow.subscription_id == subscription_id,
                VoiceJobRow.content_index == index,
            )
            return Taken(session.execute(known).scalar_one(), voice_id, is_new=False)
        session.execute(
            insert(VoiceRecordingRow),
            [
                {
                    "job_id": job_id,
                    "position": position,
                    "audio_sealed": cipher.encrypt_bytes(data, AUDIO_COLUMN),
                    "size": len(data),
                }
                for position, data in enumerate(recordings)
            ],
        )
        return Taken(job_id, voice_id, is_new=True)

    def _label_index(self, label: str) -> bytes:
        return self._people.index.digest(LABEL_COLUMN, label.casefold())


def _checked_label(label: str) -> str:
    label = " ".join(label.split())
    if not 0 < len(label) <= _LABEL_LENGTH or not label.isprintable():
        raise RefusedInput(f"A voice needs a name of 1 to {_LABEL_LENGTH} printable characters.")
    return label


def _require_sizes(recordings: Sequence[bytes]) -> None:
    for place, data in enumerate(recordings, start=1):
        if not data:
            raise RefusedInput(f"Recording {place}: {Unusable.EMPTY.sentence}")
        if len(data) > MAX_BYTES:
            raise RefusedInput(f"Recording {place}: {Unusable.TOO_LARGE.sentence}")
