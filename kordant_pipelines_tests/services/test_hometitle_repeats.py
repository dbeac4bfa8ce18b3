"""HomeTitle scans again, at once, out of order: what is told, is told once."""

from kordant_pipelines.domain.alerts import AlertKind
from kordant_pipelines.domain.coverage import Outcome
from kordant_pipelines.domain.parcels import Parcel, Register
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.domain.title_documents import Document, DocumentKind
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.sandbox.world.records import RegisterName
from kordant_pipelines.security.keyring import Keyring
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.hometitle.answers import PropertyAnswer
from kordant_pipelines.services.hometitle.record import record_titles
from kordant_pipelines.services.hometitle.registers import RegisterAnswer
from kordant_pipelines.services.people import People
from kordant_pipelines_tests.at_once import at_once
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.services.homes import DAY, LOT, bought, homeowner, told
from kordant_pipelines_tests.services.looking import (
    coverage_of,
    title_counts,
)


def test_a_deed_is_told_of_again_when_it_names_a_stranger_at_last(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    bought(sandbox)
    subscription = homeowner(services)
    services.hometitle.scan(subscription, "run-1")
    number = sandbox.record("acris", LOT, "deed", described=False)
    services.hometitle.scan(subscription, "run-2")
    clock.advance(days=7)
    sandbox.record("acris", LOT, "deed", number=number, grantees=["QUICK HOMES LLC"])
    again = services.hometitle.scan(subscription, "run-3")
    assert again.recorded.changed_documents == 1
    clock.advance(days=7)
    sandbox.record("acris", LOT, "deed", number=number, grantees=["QUICK HOMES LLC"])
    assert services.hometitle.scan(subscription, "run-4").recorded.alerts == 0
    assert told(services.alerts.of(subscription)) == [
        (AlertKind.TITLE_CHANGE, Severity.CRITICAL),
        (AlertKind.TITLE_QUESTION, Severity.MEDIUM),
    ]


def test_what_a_digest_told_beside_worse_is_told_of_again_when_it_turns_out_worse_itself(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    sandbox.record("acris", LOT, "deed", grantees=["QUICK HOMES LLC"])
    number = sandbox.record("acris", LOT, "lien", described=False)
    subscription = homeowner(services)
    services.hometitle.scan(subscription, "run-1")
    clock.advance(days=7)
    sandbox.record("acris", LOT, "lien", number=number, amount=4000)
    services.hometitle.scan(subscription, "run-2")
    assert told(services.alerts.of(subscription)) == [
        (AlertKind.TITLE_BASELINE, Severity.CRITICAL),
        (AlertKind.TITLE_CHANGE, Severity.HIGH),
    ]


def test_a_deed_that_turns_out_less_bad_is_not_told_of_again(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    bought(sandbox)
    subscription = homeowner(services)
    services.hometitle.scan(subscription, "run-1")
    number = sandbox.record("acris", LOT, "deed", grantees=["QUICK HOMES LLC"])
    services.hometitle.scan(subscription, "run-2")
    clock.advance(days=7)
    sandbox.record("acris", LOT, "deed", number=number, grantees=["LOVELAGE, ADA"])
    report = services.hometitle.scan(subscription, "run-3")
    assert (report.recorded.changed_documents, report.recorded.alerts) == (1, 0)
    assert services.timeline.of(subscription)[-1].told is Severity.CRITICAL


def test_an_answer_overtaken_by_a_newer_one_changes_nothing(
    services: Services, sandbox: Sandbox, keyring: Keyring, clock: HandClock
) -> None:
    bought(sandbox)
    subscription = homeowner(services)
    asked_at = clock()
    services.hometitle.scan(subscription, "run-1")
    [home] = services.properties.summaries()
    stranger = Document(
        source=Register.NYC_ACRIS,
        number="1",
        kind=DocumentKind.DEED,
        label="Deed",
        grantees=("QUICK HOMES LLC",),
    )
    late = PropertyAnswer(
        home.id, Parcel("nyc", LOT), asked_at, said=RegisterAnswer([stranger], None)
    )
    recorded = record_titles(
        services.database,
        People.with_keyring(keyring),
        clock(),
        subscription_id=subscription,
        run_id="run-0",
        answers=[late],
    )
    assert (recorded.new_documents, recorded.alerts) == (0, 0)
    assert coverage_of(services.database, "run-0")[("nyc_acris", Outcome.CHECKED, None)] == 1


def test_a_document_listed_twice_loses_no_party(
    services: Services, keyring: Keyring, clock: HandClock
) -> None:
    subscription = homeowner(services)
    [home] = services.properties.summaries()
    clock.advance(days=3)
    rows = [
        Document(
            source=Register.NYC_ACRIS,
            number="1",
            kind=DocumentKind.DEED,
            label="Deed",
            recorded_on=clock().date(),
            grantees=(grantee,),
        )
        for grantee in ("QUICK HOMES LLC", "LOVELACE, ADA")
    ]
    recorded = record_titles(
        services.database,
        People.with_keyring(keyring),
        clock(),
        subscription_id=subscription,
        run_id="run-0",
        answers=[
            PropertyAnswer(home.id, Parcel("nyc", LOT), clock(), said=RegisterAnswer(rows, None))
        ],
    )
    assert (recorded.new_documents, recorded.alerts) == (1, 1)
    [event] = services.timeline.of(subscription)
    assert event.document.grantees == ("QUICK HOMES LLC", "LOVELACE, ADA")
    assert event.told is Severity.CRITICAL


def test_scans_of_one_subscription_at_once_tell_once(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    bought(sandbox)
    subscription = homeowner(services)
    services.hometitle.scan(subscription, "run-0")
    clock.advance(days=1)
    sandbox.record("acris", LOT, "deed", grantees=["QUICK HOMES LLC"])

    def scan(number: int) -> object:
        return services.hometitle.scan(subscription, f"run-{number + 1}")

    at_once(scan, 8, threads=4)
    assert title_counts(services.database) == {
        "property_documents": 3,
        "alerts": 1,
        "alert_documents": 1,
        "notifications": 1,
    }


def test_first_scans_at_once_are_one_baseline(services: Services, sandbox: Sandbox) -> None:
    bought(sandbox)
    sandbox.record("acris", LOT, "lien", amount=4000)
    subscription = homeowner(services)

    def scan(number: int) -> object:
        return services.hometitle.scan(subscription, f"run-{number}")

    at_once(scan, 6, threads=3)
    assert title_counts(services.database) == {
        "property_documents": 3,
        "alerts": 1,
        "alert_documents": 1,
        "notifications": 1,
    }


def test_a_copy_of_the_register_that_fell_back_changes_nothing(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    bought(sandbox)
    subscription = homeowner(services)
    services.hometitle.scan(subscription, "run-1")
    records = sandbox.world.records
    deed = next(r for r in records.of(RegisterName.ACRIS) if r.parcel == LOT)
    stale = {"grantees": ("QUICK HOMES LLC",), "published_on": deed.published_on - DAY}
    records.replace(deed, deed.model_copy(update=stale))
    clock.advance(days=1)
    report = services.hometitle.scan(subscription, "run-2")
    assert (report.recorded.changed_documents, report.recorded.alerts) == (0, 0)
    assert all(
        event.document.grantees != ("QUICK HOMES LLC",)
        for event in services.timeline.of(subscription)
    )
    # The same words in a later copy are news.
    [older] = [r for r in records.of(RegisterName.ACRIS) if r.number == deed.number]
    records.replace(older, older.model_copy(update={"published_on": deed.published_on + DAY}))
    clock.advance(days=1)
    assert services.hometitle.scan(subscription, "run-3").recorded.alerts == 1
