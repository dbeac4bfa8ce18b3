"""Reports of real scans: what they tell, that there is one of each, and who may open it."""

import secrets
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select, text

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
from kordant_pipelines.security.links import LinkRefused
from kordant_pipelines.services.container import Services, build_services
from kordant_pipelines.services.darkwatch.answers import Answer
from kordant_pipelines.services.darkwatch.record import record_scan
from kordant_pipelines.services.people import People
from kordant_pipelines.services.reports.gather import gather
from kordant_pipelines.services.reports.reports import DocumentLost, NoReportOwed, UnknownReport
from kordant_pipelines.services.subscriptions import require_active
from kordant_pipelines.settings import Settings
from kordant_pipelines.storage.models import ExposureRow, SubscriptionRow, WatchItemRow
from kordant_pipelines.storage.objects import ObjectStore, StoreUnusable, UnsafePath
from kordant_pipelines_tests.at_once import at_once
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.reports.reading import Read
from kordant_pipelines_tests.services.looking import subscribe
from kordant_pipelines_tests.services.reporting import (
    Step,
    generate_in_a_process_that_dies,
    left,
    reports_with,
    stored,
)
from kordant_pipelines_tests.storage.s3 import s3_server

EMAIL = "watched@example.com"
W49 = Period.parse(ReportKind.WEEKLY, "2026-W49")


def _publish(sandbox: Sandbox, name: str, *classes: str, **fields: object) -> None:
    breach = {"Name": name, "Title": name, "BreachDate": "2024-10-30", "DataClasses": list(classes)}
    sandbox.publish_breach(breach | fields, [EMAIL])


@pytest.fixture
def subscription(services: Services, sandbox: Sandbox, clock: HandClock) -> str:
    """A Premium subscription, first scanned on Tuesday of week 48; it is week 49."""
    _publish(sandbox, "Old", "Passwords")
    subscription = subscribe(services.subscriptions, EMAIL, "clean@example.com")
    services.darkwatch.scan(subscription, "run-1")
    clock.advance(days=7)
    return subscription


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
    assert (report.brokers, report.properties, report.voice) == (Absence.NOT_INCLUDED,) * 3


def test_what_came_and_went_after_the_first_check_is_told_apart(
    services: Services, keyring: Keyring, sandbox: Sandbox, clock: HandClock, subscription: str
) -> None:
    _publish(sandbox, "New", "Passwords")
    _publish(sandbox, "Hidden", "Passwords", IsSpamList=True)
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


def test_a_second_time_makes_nothing_anew(
    services: Services, settings: Settings, subscription: str
) -> None:
    first = services.reports.generate(subscription, "run-r")
    again = services.reports.generate(subscription, "run-r2")
    assert (first.is_new, again.is_new) == (True, False)
    assert again.record == first.record
    assert left(services) == (1, 1)
    assert len(stored(settings)) == 1


def test_several_at_once_make_one(
    services: Services, settings: Settings, subscription: str
) -> None:
    made = at_once(lambda n: services.reports.generate(subscription, f"run-{n}"), 4, threads=4)
    assert sum(generated.is_new for generated in made) == 1
    assert len({generated.record.id for generated in made}) == 1
    assert left(services) == (1, 1)
    assert len(stored(settings)) == 1
    services.reports.document(made[0].record.id)


def test_the_same_data_and_period_give_the_same_bytes(
    services: Services, settings: Settings, clock: HandClock, subscription: str
) -> None:
    first = services.reports.generate(subscription, "run-r")
    with services.database.connection() as connection:
        connection.execute(text("DELETE FROM reports"))
    clock.advance(hours=5)
    services.darkwatch.scan(subscription, "run-2")  # after the period: not in this report
    again = services.reports.generate(subscription, "run-r2")
    assert again.is_new
    assert again.record.checksum == first.record.checksum
    assert len(stored(settings)) == 1


@pytest.mark.parametrize("step", Step)
def test_killed_at_any_step_there_is_no_orphan_and_no_double(
    services: Services,
    settings: Settings,
    keyring: Keyring,
    clock: HandClock,
    subscription: str,
    step: Step,
) -> None:
    ended = generate_in_a_process_that_dies(settings, keyring, clock(), subscription, step)
    assert ended == -9
    recorded = step is Step.RECORDED
    assert left(services) == ((1, 1) if recorded else (0, 0))
    assert len(stored(settings)) == (0 if step is Step.BEFORE_STORING else 1)
    generated = services.reports.generate(subscription, "run-r")
    assert generated.is_new is not recorded
    assert left(services) == (1, 1)
    assert len(stored(settings)) == 1
    services.reports.document(generated.record.id)


def test_a_store_that_fails_leaves_no_record(
    services: Services, settings: Settings, keyring: Keyring, clock: HandClock, subscription: str
) -> None:
    (settings.home / "blocked").write_text("a file where a folder should be")
    store = ObjectStore(f"file://{settings.home}/blocked/reports")
    with pytest.raises(StoreUnusable):
        reports_with(settings, keyring, clock, store).generate(subscription, "run-r")
    assert left(services) == (0, 0)


def test_in_a_bucket_it_is_the_same(
    services: Services,
    settings: Settings,
    keyring: Keyring,
    clock: HandClock,
    subscription: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = services.reports.generate(subscription, "run-r")
    with services.database.connection() as connection:
        connection.execute(text("DELETE FROM reports"))
    with s3_server(monkeypatch, f"bucket-{secrets.token_hex(4)}") as url:
        elsewhere = build_services(
            settings.model_copy(update={"reports_url": url}), keyring, clock=clock
        )
        there = elsewhere.reports.generate(subscription, "run-r2")
        record, pdf = elsewhere.reports.document(there.record.id)
        assert record.checksum == here.record.checksum
        assert pdf.startswith(b"%PDF-1.7")
        assert elsewhere.reports.erase(subscription) == 1
        with pytest.raises(DocumentLost):
            elsewhere.reports.document(there.record.id)
        elsewhere.close()


def test_a_document_is_readable_by_nobody_without_the_keyring(
    services: Services, settings: Settings, subscription: str
) -> None:
    generated = services.reports.generate(subscription, "run-r")
    [file] = stored(settings)
    assert b"%PDF" not in file.read_bytes()
    _, pdf = services.reports.document(generated.record.id)
    assert len(pdf) == generated.record.size
    shown = Read(pdf).text()
    assert "w•••@e•••.com" in shown
    assert EMAIL not in shown
    assert "Test P." in shown
    assert "Person" not in shown


def test_a_document_changed_or_exchanged_is_not_handed_out(
    services: Services, settings: Settings, clock: HandClock, subscription: str
) -> None:
    first = services.reports.generate(subscription, "run-r")
    clock.advance(days=7)
    services.reports.generate(subscription, "run-r2")
    one, other = stored(settings)
    one.write_bytes(other.read_bytes())  # its own user's, but of another week
    with pytest.raises(DocumentLost, match="not the one"):
        services.reports.document(first.record.id)
    one.write_bytes(b"short")
    with pytest.raises(DocumentLost, match="not the one"):
        services.reports.document(first.record.id)
    one.unlink()
    with pytest.raises(DocumentLost, match="gone"):
        services.reports.document(first.record.id)


def test_a_link_opens_its_report_until_it_expires(
    services: Services, clock: HandClock, subscription: str
) -> None:
    generated = services.reports.generate(subscription, "run-r")
    token = services.reports.link(generated.record.id)
    record, pdf = services.reports.open_link(token)
    assert record == generated.record
    assert pdf == services.reports.document(record.id)[1]
    clock.advance(days=30)
    with pytest.raises(LinkRefused, match="expired"):
        services.reports.open_link(token)


def test_the_link_of_a_customer_who_is_gone_opens_nothing(
    services: Services, settings: Settings, subscription: str
) -> None:
    generated = services.reports.generate(subscription, "run-r")
    token = services.reports.link(generated.record.id)
    with services.database.transaction() as session:
        session.execute(delete(SubscriptionRow).where(SubscriptionRow.id == subscription))
    with pytest.raises(LinkRefused):
        services.reports.open_link(token)
    assert services.reports.erase(subscription) == 1
    assert stored(settings) == []


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


@pytest.mark.parametrize("trick", ["../../outside", "/outside", "a/b", "..", "sub\\..\\x"])
def test_an_id_made_of_path_tricks_reaches_no_storage_path(
    services: Services, settings: Settings, subscription: str, trick: str
) -> None:
    with services.database.connection() as connection:
        connection.execute(text("DELETE FROM change_log"))
        connection.execute(text("DELETE FROM scans"))
        connection.execute(text("DELETE FROM alerts"))
        connection.execute(text("DELETE FROM exposures"))
        connection.execute(text("DELETE FROM watch_items"))
        connection.execute(text("UPDATE subscriptions SET id = :id"), {"id": trick})
    before = set(settings.home.parent.rglob("*"))
    with pytest.raises(UnsafePath):
        services.reports.generate(trick, "run-r")
    with pytest.raises(UnsafePath):
        services.reports.erase(trick)
    assert set(settings.home.parent.rglob("*")) == before
    assert left(services) == (0, 0)
    assert subscription
