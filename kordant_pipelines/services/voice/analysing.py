"""From a recording that was judged to its result, beside the voices it may be."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kordant_pipelines.domain.voice.replays import is_replay
from kordant_pipelines.domain.voice.verdicts import (
    Authenticity,
    Match,
    Signal,
    authenticity_verdict,
    limits_of,
    match_verdict,
)
from kordant_pipelines.domain.voice.work import VoiceState
from kordant_pipelines.security.vault import UserCipher
from kordant_pipelines.services.voice.calibrations import Rule
from kordant_pipelines.services.voice.queue import Claim, end, held
from kordant_pipelines.services.voice.sealing import (
    EMBEDDING_COLUMN,
    FINGERPRINTS_COLUMN,
    unpack_floats,
)
from kordant_pipelines.storage.models import (
    ProtectedVoiceRow,
    VoiceprintRow,
    VoiceRecordingRow,
    VoiceResultRow,
)

if TYPE_CHECKING:
    from kordant_pipelines.inference.engine import Heard, Judged
    from kordant_pipelines.inference.model import ModelInfo


@dataclass(frozen=True, slots=True)
class Voiceprint:
    """A protected voice as the present model knows it."""

    voice_id: str
    embedding: Sequence[float] = field(repr=False)
    fingerprints: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Rules:
    """Which models spoke, and what their scores are held against."""

    speaker: "ModelInfo"
    match: Rule
    detector: "ModelInfo | None"
    synthetic: Rule | None


@dataclass(frozen=True, slots=True)
class Finding:
    """An analysis' outcome. `voice_id` is the voice it was closest to; lists as stored."""

    voice_id: str | None
    match: Match
    match_score: float | None
    authenticity: Authenticity
    synthetic_score: float | None
    replay_score: float | None
    seconds: float
    speech_seconds: float
    signals: Sequence[str]
    limits: Sequence[str]
    windows: Sequence[Sequence[float | None]]
    stretches: Sequence[Sequence[float | None]]


def load_voiceprints(
    session: Session, cipher: UserCipher, subscription_id: str, model_sha256: str
) -> Sequence[Voiceprint]:
    """The subscription's voices that this model knows."""
    rows = session.scalars(
        select(VoiceprintRow)
        .join(ProtectedVoiceRow, ProtectedVoiceRow.id == VoiceprintRow.voice_id)
        .where(
            ProtectedVoiceRow.subscription_id == subscription_id,
            VoiceprintRow.model_sha256 == model_sha256,
        )
        .order_by(VoiceprintRow.voice_id)
    )
    return [
        Voiceprint(
            row.voice_id,
            unpack_floats(cipher.decrypt_bytes(row.embedding_sealed, EMBEDDING_COLUMN)),
            cipher.decrypt_bytes(row.fingerprints_sealed, FINGERPRINTS_COLUMN),
        )
        for row in rows
    ]


def compare(
    heard: "Heard", judged: "Judged", voices: Sequence[Voiceprint], rules: Rules
) -> Finding:
    """Hold a recording against the voices it may be: the claimed one, or all there are."""
    from kordant_pipelines.inference.replay import replay_score, unpacked

    vector = judged.vector.tolist()
    closest = max(voices, key=lambda voice: _cosine(vector, voice.embedding), default=None)
    score = None if closest is None else _cosine(vector, closest.embedding)
    replays = [replay_score(heard.fingerprint, unpacked(v.fingerprints)) for v in voices]
    replay = max((r for r in replays if r is not None), default=None)
    windows: list[list[float | None]] = [
        [
            round(window.start, 2),
            round(window.end, 2),
            closest and round(_cosine(own.tolist(), closest.embedding), 4),
        ]
        for window, own in zip(heard.windows, judged.vectors, strict=True)
    ]
    stretches: list[list[float | None]] = [
        [round(stretch.start, 2), round(stretch.end, 2), value]
        for stretch, value in zip(heard.stretches, judged.synthetic or (), strict=True)
    ]
    match = match_verdict(score, rules.match.thresholds)
    synthetic = judged.synthetic_score
    authenticity = authenticity_verdict(synthetic, rules.synthetic and rules.synthetic.thresholds)
    limits = limits_of(
        match,
        authenticity,
        speaker_calibrated=rules.match.calibration_id is not None,
        detector_calibrated=rules.synthetic is not None,
    )
    signals = [*heard.signals]
    if is_replay(replay):
        signals.append(Signal.REPLAY)
    by_window = {match_verdict(w[2], rules.match.thresholds) for w in windows}
    if {Match.MATCH, Match.NO_MATCH} <= by_window:
        signals.append(Signal.WINDOWS_DISAGREE)
    return Finding(
        voice_id=_replayed(voices, replays) if is_replay(replay) else closest and closest.voice_id,
        match=match,
        match_score=score,
        authenticity=authenticity,
        synthetic_score=synthetic,
        replay_score=replay,
        seconds=heard.seconds,
        speech_seconds=heard.speech_seconds,
        signals=[signal.value for signal in signals],
        limits=[limit.value for limit in limits],
        windows=windows,
        stretches=stretches,
    )


def store(
    session: Session, claim: Claim, finding: Finding, rules: Rules, run_id: str, now: datetime
) -> bool:
    """Write a result and end its job; False if the job is no longer ours: nothing is written.

    The recording itself is let go of.
    """
    row = held(session, claim)
    if row is None:
        return False
    detector, synthetic = rules.detector, rules.synthetic
    session.execute(
        insert(VoiceResultRow).values(
            job_id=row.id,
            run_id=run_id,
            analysed_at=now,
            seconds=finding.seconds,
            speech_seconds=finding.speech_seconds,
            match=finding.match,
            match_score=finding.match_score,
            match_upper=rules.match.thresholds.upper,
            match_lower=rules.match.thresholds.lower,
            matched_voice_id=finding.voice_id,
            speaker=_named(rules.speaker),
            speaker_sha256=rules.speaker.sha256,
            speaker_calibration_id=rules.match.calibration_id,
            authenticity=finding.authenticity,
            synthetic_score=finding.synthetic_score,
            synthetic_upper=synthetic and synthetic.thresholds.upper,
            synthetic_lower=synthetic and synthetic.thresholds.lower,
            detector=detector and _named(detector),
            detector_sha256=detector and detector.sha256,
            detector_calibration_id=synthetic and synthetic.calibration_id,
            replay_score=finding.replay_score,
            signals=finding.signals,
            limits=finding.limits,
            windows=finding.windows,
            stretches=finding.stretches,
        )
    )
    end(row, VoiceState.DONE, now)
    let_go(session, row.id)
    return True


def let_go(session: Session, job_id: str) -> None:
    """Delete a job's audio: what was found in it is on record."""
    session.execute(
        update(VoiceRecordingRow)
        .where(VoiceRecordingRow.job_id == job_id)
        .values(audio_sealed=None)
    )


def _named(model: "ModelInfo") -> str:
    return f"{model.id} {model.version}"


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def _replayed(voices: Sequence[Voiceprint], replays: Sequence[float | None]) -> str:
    """The voice whose enrolment was repeated."""
    return max(zip(replays, voices, strict=True), key=lambda pair: pair[0] or -1.0)[1].voice_id
