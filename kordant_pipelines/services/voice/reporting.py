"""What a report tells of recordings: each one that was worked off in a period."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from kordant_pipelines.domain.reports.periods import Period
from kordant_pipelines.domain.reports.sections import Absence, Voice, VoiceOutcome, VoiceResult
from kordant_pipelines.domain.voice.verdicts import Authenticity, Match, Signal
from kordant_pipelines.domain.voice.work import Task
from kordant_pipelines.storage.models import ProtectedVoiceRow, VoiceJobRow, VoiceResultRow

_OUTCOMES = {
    Match.MATCH: VoiceOutcome.SIMILAR,
    Match.UNSURE: VoiceOutcome.UNSURE,
    Match.NO_MATCH: VoiceOutcome.DIFFERENT,
    Match.NOT_COMPARED: VoiceOutcome.NOT_ASSESSED,
}


def report_voice(session: Session, subscription_id: str, covers: Period) -> Voice | Absence:
    """The recordings of the period, in the order in which they were worked off.

    One that could not be evaluated is told of as not assessed.
    """
    rows = session.execute(
        select(VoiceJobRow.ended_at, VoiceResultRow)
        .outerjoin(VoiceResultRow, VoiceResultRow.job_id == VoiceJobRow.id)
        .where(
            VoiceJobRow.subscription_id == subscription_id,
            VoiceJobRow.task == Task.ANALYSE,
            VoiceJobRow.ended_at >= covers.start,
            VoiceJobRow.ended_at < covers.end,
        )
        .order_by(VoiceJobRow.ended_at, VoiceJobRow.id)
    )
    results = [
        VoiceResult(
            day=ended_at.date(),
            outcome=_outcome(result) if result else VoiceOutcome.NOT_ASSESSED,
            similarity=result.match_score if result else None,
        )
        for ended_at, result in rows
        if ended_at is not None
    ]
    if not results and not _watched(session, subscription_id, covers):
        return Absence.NOTHING_WATCHED
    return Voice(results)


def _watched(session: Session, subscription_id: str, covers: Period) -> bool:
    """Whether there was a voice to protect by the end of the period."""
    voices = exists().where(
        ProtectedVoiceRow.subscription_id == subscription_id,
        ProtectedVoiceRow.created_at < covers.end,
    )
    return bool(session.scalar(select(voices)))


def _outcome(result: VoiceResultRow) -> VoiceOutcome:
    """What weighs most of a recording: what imitates a voice matches it, too."""
    if result.authenticity is Authenticity.SYNTHETIC:
        return VoiceOutcome.SYNTHETIC
    if Signal.REPLAY in result.signals:
        return VoiceOutcome.REPEATED
    return _OUTCOMES[result.match]
