"""One batch of claimed voice jobs: heard one by one, judged together, written one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.voice.recordings import Unusable, UnusableRecording
from kordant_pipelines.domain.voice.work import Task, VoiceState
from kordant_pipelines.providers.errors import ProviderError
from kordant_pipelines.services.people import People
from kordant_pipelines.services.voice import analysing, enrolling
from kordant_pipelines.services.voice.alerting import raise_alerts
from kordant_pipelines.services.voice.analysing import Rules
from kordant_pipelines.services.voice.calibrations import detector_rule, speaker_rule
from kordant_pipelines.services.voice.queue import Claim, VoiceQueue, end, held
from kordant_pipelines.services.voice.report import BatchReport
from kordant_pipelines.services.voice.sealing import AUDIO_COLUMN
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import VoiceRecordingRow

if TYPE_CHECKING:
    from kordant_pipelines.inference.engine import Heard, VoiceEngine

WINDOWS_TOGETHER: Final = 16
"""Windows from which recordings are judged: with it, no more audio than one recording's waits."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What a batch works with."""

    database: Database
    people: People
    queue: VoiceQueue
    clock: Clock
    engine: "VoiceEngine"


class Batch:
    """The jobs of one subscription that were taken together."""

    def __init__(self, bench: Bench, report: BatchReport, run_id: str) -> None:
        self._bench = bench
        self._report = report
        self._run_id = run_id

    def do(self, claims: Sequence[Claim]) -> None:
        """Bring each job to its end, or put it off."""
        waiting: list[tuple[Claim, Heard]] = []
        for claim in claims:
            self._bench.queue.extend(claim.lease)
            if claim.task is Task.ENROL:
                self._enrol(claim)
                continue
            try:
                waiting.append((claim, self._bench.engine.hear(self._recordings(claim)[0])))
            except UnusableRecording as unusable:
                self._refuse(claim, unusable.reason)
            if sum(len(heard.windows) for _, heard in waiting) >= WINDOWS_TOGETHER:
                self._analyse(waiting)
                waiting = []
        self._analyse(waiting)

    def _enrol(self, claim: Claim) -> None:
        bench = self._bench
        info = bench.engine.model.speaker.info
        with bench.database.transaction() as session:
            rule = speaker_rule(session, info.sha256)
        try:
            enrolled = enrolling.listen(bench.engine, self._recordings(claim), rule.thresholds)
        except ProviderError as error:
            self._put_off([claim], error)
            return
        with bench.database.transaction() as session:
            state = enrolling.store(
                session,
                bench.people.cipher_of(session, self._report.subscription_id),
                claim,
                info.sha256,
                enrolled,
                self._run_id,
                bench.clock(),
            )
        self._report.seconds += enrolled.seconds
        if state is None:
            self._report.lost += 1
        elif enrolled.unusable is None:
            self._report.enrolled += 1
        else:
            self._report.unusable[enrolled.unusable.value] += 1

    def _analyse(self, waiting: Sequence[tuple[Claim, "Heard"]]) -> None:
        if not waiting:
            return
        bench = self._bench
        try:
            judged = bench.engine.judge([heard for _, heard in waiting])
        except ProviderError as error:
            self._put_off([claim for claim, _ in waiting], error)
            return
        for (claim, heard), verdict in zip(waiting, judged, strict=True):
            with bench.database.transaction() as session:
                rules = self._rules(session)
                cipher = bench.people.cipher_of(session, self._report.subscription_id)
                voices = analysing.load_voiceprints(
                    session, cipher, self._report.subscription_id, rules.speaker.sha256
                )
                claimed = [v for v in voices if claim.voice_id in (None, v.voice_id)]
                finding = analysing.compare(heard, verdict, claimed, rules)
                now = bench.clock()
                if not analysing.store(session, claim, finding, rules, self._run_id, now):
                    self._report.lost += 1
                    continue
                alerts, notifications = raise_alerts(
                    session,
                    cipher,
                    self._report.subscription_id,
                    claim,
                    finding,
                    rules,
                    self._run_id,
                    now,
                )
            self._report.found(finding)
            self._report.alerts += alerts
            self._report.notifications += notifications

    def _refuse(self, claim: Claim, reason: Unusable) -> None:
        with self._bench.database.transaction() as session:
            row = held(session, claim)
            if row is None:
                self._report.lost += 1
                return
            row.unusable = reason
            end(row, VoiceState.NOT_EVALUABLE, self._bench.clock())
            analysing.let_go(session, row.id)
        self._report.unusable[reason.value] += 1

    def _put_off(self, claims: Sequence[Claim], error: ProviderError) -> None:
        for claim in claims:
            state = self._bench.queue.put_off(claim, error.code.value)
            self._report.put_aside(state, error.code.value)

    def _rules(self, session: Session) -> Rules:
        speaker, detector = self._bench.engine.model.speaker, self._bench.engine.model.detector
        detected = detector.info if detector else None
        return Rules(
            speaker=speaker.info,
            match=speaker_rule(session, speaker.info.sha256),
            detector=detected,
            synthetic=detector_rule(session, detected.sha256 if detected else None),
        )

    def _recordings(self, claim: Claim) -> Sequence[bytes]:
        with self._bench.database.transaction() as session:
            cipher = self._bench.people.cipher_of(session, self._report.subscription_id)
            sealed = session.scalars(
                select(VoiceRecordingRow.audio_sealed)
                .where(VoiceRecordingRow.job_id == claim.job_id)
                .order_by(VoiceRecordingRow.position)
            ).all()
        # Let go of only when its job ended, and then the job could not be claimed.
        return [cipher.decrypt_bytes(audio or b"", AUDIO_COLUMN) for audio in sealed]
