"""Reports of real scans: what they tell, and which are owed."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from kordant_pipelines.domain.breaches import Breach, Source
from kordant_pipelines.domain.coverage import Coverage, Outcome
from kordant_pipelines.domain.errors import (
    InactiveSubscription,
    RefusedInput,
    UnknownSubscription,
)
from kordant_pipelines.domain.exposures import Finding
from kordant_pipelines.domain.reports.compiling import compile_report
from kordant_pipelines.domain.reports.model import Known, Report, Standing
from kordant_pipelines.domain.reports.periods import Period, ReportKind
from kordant_pipelines.domain.reports.sections import Absence
from kordant_pipelines.domain.scan_plan import Lookup
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.security.keyring import Keyring
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.coverage import store_coverage
from kordant_pipelines.services.darkwatch.answers import Answer
from kordant_pipelines.services.darkwatch.record import record_scan
from kordant_pipelines.services.people import People
from kordant_pipelines.services.reports.gather import gather
from kordant_pipelines.services.reports.reports import NoReportOwed, UnknownReport
from kordant_pipelines.services.subscriptions import require_active
from kordant_pipelines.storage.models import ExposureRow, WatchItemRow
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.services.looking import subscribe
from kordant_pipelines_tests.services.reports.conftest import EMAIL, publish

W49 = Period.parse(ReportKind.WEEKLY, "2026-W49")


def _report(
    services: Services, keyring: Keyring, subscription: str, period: Period = W49
) -> Report:
    people = People.with_keyring(keyring)
    with services.database.transaction() as session:
        return compile_report(
            gather(session, people, require_active(session, subscription), period)
        )


def test_a_report_tells_of_the_period_before_the_one_it_is_made_in(
    services: Services, keyring: Keyring, subscription: str
) -> None:
    generated = services.reports.generate(subscription, "run-r")
    record = generated.record
    assert (record.kind, record.period) == ("weekly", "2026-W49")
    assert (record.first_day, record.last_day) == (date(2026, 11, 23), date(2026, 11, 29))
    report = _report(services, keyring, subscription)
    [finding] = report.findings
    assert (finding.breach, finding.standing) == ("Old", Standing.FIRST_CHECK)
    assert (finding.masked, finding.found) == ("w•••@e•••.com", date(2026, 11, 24))
    assert report.coverage.complete
    assert report.coverage.looks.scans == 1
    assert [item.as_of for item in report.coverage.items] == [date(2026, 11, 24)] * 2
    assert report.voice is Absence.NOTHING_WATCHED
    assert (report.brokers, report.properties) == (Absence.NOTHING_WATCHED,) * 2


def test_what_came_and_went_after_the_first_check_is_told_apart(
    services: Services, keyring: Keyring, sandbox: Sandbox, clock: HandClock, subscription: str
) -> None:
    publish(sandbox, "New", "Passwords")
    publish(sandbox, "Hidden", "Passwords", IsSpamList=True)
    services.darkwatch.scan(subscription, "run-2")
    sandbox.amend_breach("Old", {"IsRetired": True})
    clock.advance(days=7)
    services.darkwatch.scan(subscription, "run-3")
    report = _report(services, keyring, subscription, W49.following)
    assert {f.breach: f.standing for f in report.findings} == {"New": Standing.NEW}
    assert report.score is not None
    assert [point.score for point in report.trend][-3:] == [None, 100, 94]


def test_a_failed_source_is_told_and_nothing_is_called_clean(
    services: Services, keyring: Keyring, sandbox: Sandbox, clock: HandClock, subscription: str
) -> None:
    sandbox.publish_breach({"Name": "Else", "DataClasses": ["Names"]})
    sandbox.fault("hibp", "unavailable", path_contains="breachedaccount")
    services.darkwatch.scan(subscription, "run-2")
    clock.advance(days=7)
    report = _report(services, keyring, subscription, W49.following)
    assert [item.known for item in report.coverage.items] == [Known.IN_PART] * 2
    # The day of the answer that is relied on, not that of the failure.
    assert [item.as_of for item in report.coverage.items] == [date(2026, 11, 24)] * 2
    assert report.coverage.looks.incomplete_scans == 1
    assert {gap.reason for item in report.coverage.items for gap in item.gaps} == {"unavailable"}


def test_another_jobs_scan_says_nothing_of_identifiers(
    services: Services, keyring: Keyring, clock: HandClock
) -> None:
    subscription = subscribe(services.subscriptions, EMAIL)
    with services.database.transaction() as session:
        store_coverage(session, "hometitle_scan", subscription, "run-1", clock(), [])
    clock.advance(days=7)
    report = _report(services, keyring, subscription)
    assert report.score is None
    assert report.coverage.looks.scans == 0


def test_what_was_never_scanned_has_no_score(services: Services, keyring: Keyring) -> None:
    subscription = subscribe(services.subscriptions, EMAIL)
    report = _report(services, keyring, subscription)
    assert report.score is None
    assert [item.known for item in report.coverage.items] == [Known.NOTHING]
    assert services.reports.generate(subscription, "run-r").is_new


def test_an_identifier_without_a_source_is_told_until_one_covers_it(
    services_without_leakcheck: Services, services: Services, keyring: Keyring, clock: HandClock
) -> None:
    subscription = subscribe(services.subscriptions, usernames=("someone",))
    services_without_leakcheck.darkwatch.scan(subscription, "run-1")
    clock.advance(days=7)
    uncovered = _report(services, keyring, subscription)
    assert uncovered.coverage.items[0].known is Known.NOTHING
    assert uncovered.coverage.items[0].gaps[0].reason == "no_source_for_username"
    services.darkwatch.scan(subscription, "run-2")
    clock.advance(days=7)
    assert _report(services, keyring, subscription, W49.following).coverage.complete


def test_two_sources_that_tell_of_one_breach_make_one_row(
    services: Services, keyring: Keyring, clock: HandClock, subscription: str
) -> None:
    """It stands until the last of them has stopped listing it."""
    with services.database.transaction() as session:
        item = session.scalars(
            select(ExposureRow.item_id).where(ExposureRow.breach_key == "Old")
        ).one()
    leak = Breach(
        source=Source.LEAKCHECK, key="old", title="OLD!", data_classes=frozenset({"Phone numbers"})
    )

    def told(source: Source, *breaches: Breach) -> None:
        clock.advance(days=7)
        now = clock()
        record_scan(
            services.database,
            People.with_keyring(keyring),
            now,
            subscription_id=subscription,
            run_id=f"run-{now}",
            catalogue_version=1,
            answers=[
                Answer(
                    Lookup(item, source),
                    "w•••",
                    now,
                    [Finding(breach, breach.data_classes) for breach in breaches],
                    Coverage(item_id=item, source=source, outcome=Outcome.CHECKED),
                )
            ],
            settled=[],
        )

    period = W49
    standings: list[Standing] = []
    for source, *breaches in ((Source.LEAKCHECK, leak), (Source.HIBP,), (Source.LEAKCHECK,)):
        told(source, *breaches)
        period = period.following
        [finding] = _report(services, keyring, subscription, period.following).findings
        assert finding.breach == "Old"
        assert finding.data_classes == ("Passwords", "Phone numbers")
        assert finding.found == date(2026, 11, 24)
        standings.append(finding.standing)
    assert standings == [Standing.OPEN, Standing.OPEN, Standing.RESOLVED]


def test_an_identifier_given_up_leaves_the_report_with_what_it_found(
    services: Services, keyring: Keyring, subscription: str
) -> None:
    with services.database.transaction() as session:
        for item in session.query(WatchItemRow):
            item.removed_at = W49.start - timedelta(days=1)
    report = _report(services, keyring, subscription)
    assert not report.findings
    assert not report.coverage.items


def test_a_tier_without_reports_is_refused(services: Services) -> None:
    subscription = subscribe(services.subscriptions, EMAIL, tier="basic")
    with pytest.raises(NoReportOwed, match="basic"):
        services.reports.generate(subscription, "run-r")


def test_plus_gets_its_report_by_the_month(services: Services) -> None:
    subscription = subscribe(services.subscriptions, EMAIL, tier="plus", locale="de-DE")
    record = services.reports.generate(subscription, "run-r").record
    assert (record.kind, record.period) == ("monthly", "2026-11")
    assert record.last_day == date(2026, 10, 31)


def test_a_period_that_was_missed_can_be_named_and_a_future_one_cannot(
    services: Services, subscription: str
) -> None:
    assert services.reports.generate(subscription, "r", "2026-W48").record.period == "2026-W48"
    with pytest.raises(NoReportOwed, match="W49, which is not over"):
        services.reports.generate(subscription, "r", "2026-W50")
    owed = services.reports.generate(subscription, "r", slot="2026-W47")
    assert (owed.is_new, owed.record.period) == (True, "2026-W47")
    with pytest.raises(RefusedInput, match="is not a period"):
        services.reports.generate(subscription, "r", "2026-11")
    assert [record.period for record in services.reports.of(subscription)] == [
        "2026-W47",
        "2026-W48",
    ]


def test_a_slot_of_the_tier_before_means_the_present_period(
    services: Services, subscription: str
) -> None:
    assert services.reports.generate(subscription, "r", slot="2026-12").record.period == "2026-W49"


def test_what_is_not_there_is_named(services: Services, subscription: str) -> None:
    with pytest.raises(UnknownSubscription):
        services.reports.of("sub_none")
    with pytest.raises(UnknownSubscription):
        services.reports.generate("sub_none", "r")
    with pytest.raises(UnknownReport, match="rpt_none"):
        services.reports.document("rpt_none")
    services.subscriptions.cancel(subscription)
    with pytest.raises(InactiveSubscription):
        services.reports.generate(subscription, "r")
