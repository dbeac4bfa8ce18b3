"""What a report tells of recordings: those of its period, by what weighs most of each."""

from datetime import date, timedelta

from kordant_pipelines.domain.reports.periods import Period, ReportKind
from kordant_pipelines.domain.reports.sections import Absence, Voice, VoiceOutcome
from kordant_pipelines.domain.voice.verdicts import Authenticity
from kordant_pipelines.sandbox.voices.recordings import ADA, BEN, recording
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.voice.reporting import report_voice
from kordant_pipelines.storage.models import VoiceResultRow
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.services.looking import subscribe
from kordant_pipelines_tests.voice.saying import LABEL, analysed, clips, protected


def _told(services: Services, subscription: str, period: Period) -> Voice | Absence:
    with services.database.transaction() as session:
        return report_voice(session, subscription, period)


def test_the_recordings_of_a_period_are_told_each_by_what_weighs_most(
    services: Services, clock: HandClock
) -> None:
    this_week = Period.containing(ReportKind.WEEKLY, clock())
    subscription, _ = protected(services)
    assert _told(services, subscription, this_week) == Voice([])
    for data in (recording(ADA, 20), recording(BEN, 21), clips(ADA)[0], b"no audio at all" * 100):
        analysed(services, subscription, data)
    synthetic = analysed(services, subscription, recording(ADA, 22))
    with services.database.transaction() as session:
        session.get_one(VoiceResultRow, synthetic.id).authenticity = Authenticity.SYNTHETIC
    told = _told(services, subscription, this_week)
    assert isinstance(told, Voice)
    assert [one.outcome for one in told.results] == [
        VoiceOutcome.SIMILAR,
        VoiceOutcome.DIFFERENT,
        VoiceOutcome.REPEATED,
        VoiceOutcome.NOT_ASSESSED,
        VoiceOutcome.SYNTHETIC,
    ]
    assert {one.day for one in told.results} == {date(2026, 11, 24)}
    assert [one.similarity is None for one in told.results] == [False, False, False, True, False]
    clock.advance(days=7)
    analysed(services, subscription, recording(BEN, 23), label=LABEL)
    assert _told(services, subscription, this_week) == told
    assert isinstance(after := _told(services, subscription, this_week.following), Voice)
    assert [one.outcome for one in after.results] == [VoiceOutcome.DIFFERENT]


def test_where_no_voice_was_protected_nothing_is_watched(
    services: Services, clock: HandClock
) -> None:
    subscription = subscribe(services.subscriptions, "ada@example.com")
    last_week = Period.containing(ReportKind.WEEKLY, clock() - timedelta(days=7))
    assert _told(services, subscription, last_week) is Absence.NOTHING_WATCHED
    services.voice.intake.enrol(subscription, LABEL, clips(ADA))
    assert _told(services, subscription, last_week) is Absence.NOTHING_WATCHED
    assert _told(services, subscription, last_week.following) == Voice([])
