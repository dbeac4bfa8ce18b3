"""Alerts of analyses: a configured, calibrated detector's SYNTHETIC, or a replayed enrolment."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kordant_pipelines.domain.alerts import AlertKind
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.domain.voice.replays import REPLAY_THRESHOLD
from kordant_pipelines.domain.voice.telling import VoiceFacts
from kordant_pipelines.domain.voice.verdicts import Authenticity, Match, Signal
from kordant_pipelines.security.vault import UserCipher
from kordant_pipelines.services.outbox import enqueue
from kordant_pipelines.services.people import FACTS_COLUMN
from kordant_pipelines.services.voice.analysing import Finding, Rules
from kordant_pipelines.services.voice.queue import Claim
from kordant_pipelines.services.voice.sealing import LABEL_COLUMN, VOICE_FACTS
from kordant_pipelines.storage.models import AlertRow, ProtectedVoiceRow, SubscriptionRow


def raise_alerts(
    session: Session,
    cipher: UserCipher,
    subscription_id: str,
    claim: Claim,
    finding: Finding,
    rules: Rules,
    run_id: str,
    now: datetime,
) -> tuple[int, int]:
    """Raise what an analysis owes; return how many alerts and notifications.

    Each kind once a job, whoever stores it. What was not assessed raises nothing.
    """
    keys: list[str] = []
    for kind, facts in _owed(session, cipher, claim, finding, rules):
        key = f"{kind.value}:{claim.job_id}"
        raised = session.scalar(
            insert(AlertRow)
            .values(
                subscription_id=subscription_id,
                kind=kind,
                severity=Severity.HIGH,
                dedupe_key=key,
                facts_sealed=cipher.encrypt(VOICE_FACTS.dump_json((facts,)).decode(), FACTS_COLUMN),
                raised_at=now,
                run_id=run_id,
            )
            .on_conflict_do_nothing(index_elements=[AlertRow.dedupe_key])
            .returning(AlertRow.id)
        )
        if raised is not None:
            keys.append(key)
    if not keys:
        return 0, 0
    user_id = session.execute(
        select(SubscriptionRow.user_id).where(SubscriptionRow.id == subscription_id)
    ).scalar_one()
    return len(keys), enqueue(session, user_id, keys, now)


def _owed(
    session: Session, cipher: UserCipher, claim: Claim, finding: Finding, rules: Rules
) -> Sequence[tuple[AlertKind, VoiceFacts]]:
    # Whom a recording claims to be, or else whom it sounds like: without either it is nobody's.
    claimed = claim.voice_id or (finding.voice_id if finding.match is Match.MATCH else None)
    owed: list[tuple[AlertKind, VoiceFacts]] = []
    is_synthetic = finding.authenticity is Authenticity.SYNTHETIC
    score, detector, rule = finding.synthetic_score, rules.detector, rules.synthetic
    if is_synthetic and claimed and score is not None and detector and rule:
        facts = VoiceFacts(
            voice=_label(session, cipher, claimed),
            recorded_on=claim.created_at.date(),
            model=f"{detector.id} {detector.version}",
            score=score,
            threshold=rule.thresholds.upper,
            speech_seconds=finding.speech_seconds,
        )
        owed.append((AlertKind.VOICE_SYNTHETIC, facts))
    if Signal.REPLAY in finding.signals and finding.voice_id and finding.replay_score is not None:
        facts = VoiceFacts(
            voice=_label(session, cipher, finding.voice_id),
            recorded_on=claim.created_at.date(),
            model="comparison of spectrograms",
            score=finding.replay_score,
            threshold=REPLAY_THRESHOLD,
            speech_seconds=finding.speech_seconds,
        )
        owed.append((AlertKind.VOICE_REPLAY, facts))
    return owed


def _label(session: Session, cipher: UserCipher, voice_id: str) -> str:
    row = session.get_one(ProtectedVoiceRow, voice_id)
    return cipher.decrypt(row.label_sealed, LABEL_COLUMN)
