"""What a HomeTitle scan finds, tells and remembers, when the registers answer."""

from collections.abc import Sequence

import pytest

from kordant_pipelines.domain.alerts import AlertKind
from kordant_pipelines.domain.coverage import Outcome
from kordant_pipelines.domain.errors import InactiveSubscription, UnknownSubscription
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.domain.title_documents import DocumentKind
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.services.alerts import Alert
from kordant_pipelines.services.container import Services
from kordant_pipelines_tests.at_once import at_once
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.services.looking import (
    coverage_of,
    stored_bytes,
    subscribe,
    title_counts,
)

LOT = "1999020001"
PIN = "99099990021001"
OWNER = "Ada Lovelace"
HOME: dict[str, object] = {
    "county": "nyc",
    "parcel": "1-99902-0001",
    "owners": (OWNER,),
    "lenders": ("Harbor Savings Bank",),
}


def _homeowner(services: Services, *homes: dict[str, object], **more: object) -> str:
    properties = homes or (HOME,)
    return subscribe(services.subscriptions, properties=properties, name=OWNER, **more)


def _bought(sandbox: Sandbox) -> None:
    """The house as it was before anyone watched it."""
    sandbox.record(
        "acris", LOT, "deed", amount=500000, grantors=["DOE, JOHN"], grantees=["LOVELACE, ADA"]
    )
    sandbox.record(
        "acris",
        LOT,
        "mortgage",
        amount=300000,
        grantors=["LOVELACE, ADA"],
        grantees=["HARBOR SAVINGS BANK NA"],
    )


def _told(alerts: Sequence[Alert]) -> list[tuple[AlertKind, Severity]]:
    return sorted((alert.kind, alert.severity) for alert in alerts)


def test_a_forged_deed_a_refinance_and_a_lien_are_told_once_each(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    _bought(sandbox)
    subscription = _homeowner(services)
    first = services.hometitle.scan(subscription, "run-1")
    assert (first.recorded.new_documents, first.recorded.alerts) == (2, 0)

    clock.advance(days=30)
    sandbox.record(
        "acris",
        LOT,
        "quitclaim",
        amount=0,
        grantors=["LOVELACE, ADA"],
        grantees=["QUICK HOMES LLC"],
    )
    sandbox.record("acris", LOT, "satisfaction", grantors=["HARBOR SAVINGS BANK NA"])
    sandbox.record(
        "acris",
        LOT,
        "mortgage",
        amount=310000,
        grantors=["LOVELACE, ADA"],
        grantees=["LAKE CREDIT UNION"],
    )
    sandbox.record("acris", LOT, "lien", amount=18000, grantors=["LOVELACE, ADA"])
    second = services.hometitle.scan(subscription, "run-2")
    alerts = services.alerts.of(subscription)
    assert _told(alerts) == [
        (AlertKind.TITLE_CHANGE, Severity.CRITICAL),
        (AlertKind.TITLE_CHANGE, Severity.HIGH),
        (AlertKind.TITLE_QUESTION, Severity.MEDIUM),
    ]
    assert (second.recorded.alerts, second.recorded.questions) == (3, 1)
    assert second.recorded.notifications == 3

    clock.advance(days=1)
    before = title_counts(services.database)
    third = services.hometitle.scan(subscription, "run-3")
    assert third.recorded.alerts == 0
    assert title_counts(services.database) == before


def test_the_words_name_the_document_but_mask_the_property(
    services: Services, sandbox: Sandbox
) -> None:
    _bought(sandbox)
    subscription = _homeowner(services)
    services.hometitle.scan(subscription, "run-1")
    number = sandbox.record("acris", LOT, "deed", grantees=["QUICK HOMES LLC"])
    services.hometitle.scan(subscription, "run-2")
    [alert] = services.alerts.of(subscription)
    assert alert.run_id == "run-2"
    assert "•••0001 in New York City" in alert.text.title
    assert number in alert.text.what
    assert "QUICK HOMES LLC" in alert.text.what
    assert LOT not in alert.text.model_dump_json()


def test_a_forged_quitclaim_in_cook_county_is_critical_though_the_assessor_flags_it(
    services: Services, sandbox: Sandbox
) -> None:
    sandbox.record("cook", PIN, "deed", amount=300000, grantees=["ADA LOVELACE"])
    home = HOME | {"county": "cook", "parcel": PIN}
    subscription = _homeowner(services, home)
    services.hometitle.scan(subscription, "run-1")
    sandbox.record("cook", PIN, "quitclaim", amount=10, grantees=["QUICK HOMES LLC"])
    services.hometitle.scan(subscription, "run-2")
    [alert] = services.alerts.of(subscription)
    assert (alert.kind, alert.severity) == (AlertKind.TITLE_CHANGE, Severity.CRITICAL)
    assert "quitclaim" in alert.text.title


def test_philadelphia_and_the_commercial_source_are_watched_alike(
    services: Services, sandbox: Sandbox
) -> None:
    account, address = "999000201", "5 MAPLE WAY | AUSTIN, TX 78701"
    for register, parcel in (("philadelphia", account), ("attom", address)):
        sandbox.record(register, parcel, "deed", amount=300000, grantees=["LOVELACE ADA"])
    subscription = _homeowner(
        services,
        HOME | {"county": "philadelphia", "parcel": account},
        HOME | {"county": "48453", "parcel": "5 Maple Way, Austin, TX 78701"},
    )
    first = services.hometitle.scan(subscription, "run-1")
    assert first.recorded.alerts == 0
    sandbox.record("philadelphia", account, "lis_pendens", grantees=["A BANK"])
    sandbox.record("attom", address, "quitclaim", amount=1, grantees=["QUICK HOMES LLC"])
    sandbox.record("attom", address, "mortgage", amount=90000, grantees=["LAKE CREDIT UNION"])
    services.hometitle.scan(subscription, "run-2")
    # The stolen title is told of once, not again as an owner of record; the mortgage on it is the
    # stranger's.
    assert _told(services.alerts.of(subscription)) == [
        (AlertKind.TITLE_CHANGE, Severity.CRITICAL),
        (AlertKind.TITLE_CHANGE, Severity.HIGH),
        (AlertKind.TITLE_CHANGE, Severity.HIGH),
    ]


def test_coverage_says_how_far_behind_a_register_is_and_what_it_does_not_hold(
    services: Services, sandbox: Sandbox
) -> None:
    _bought(sandbox)
    subscription = _homeowner(services)
    report = services.hometitle.scan(subscription, "run-1")
    assert report.coverage.answered
    assert report.days_behind == {"nyc_acris": 21}
    assert "nyc_acris 21 days behind" in report.sentence()
    assert coverage_of(services.database, "run-1") == {
        ("nyc_acris", Outcome.CHECKED, None): 1,
        ("nyc_acris", Outcome.UNCOVERED, "no_lis_pendens_or_mechanics_liens"): 1,
    }
    [summary] = services.properties.summaries()
    assert summary.good_through is not None
    assert (summary.good_through.isoformat(), summary.documents) == ("2026-11-03", 2)


def test_a_county_no_source_covers_is_said_to_be_uncovered(
    services_without_attom: Services,
) -> None:
    services = services_without_attom
    home = HOME | {"county": "48453", "parcel": "5 Maple Way, Austin, TX 78701"}
    report = services.hometitle.scan(_homeowner(services, home), "run-1")
    assert report.coverage.answered
    assert coverage_of(services.database, "run-1") == {
        (None, Outcome.UNCOVERED, "no_source_for_county"): 1
    }


def test_a_property_the_source_does_not_know_is_never_clean(
    services: Services, sandbox: Sandbox
) -> None:
    sandbox.record("acris", LOT, "deed", grantees=["LOVELACE, ADA"])
    subscription = _homeowner(
        services,
        HOME | {"parcel": "1-99902-0009"},
        HOME | {"county": "48453", "parcel": "6 Nowhere Rd, Austin, TX 78701"},
    )
    services.hometitle.scan(subscription, "run-1")
    assert coverage_of(services.database, "run-1") == {
        ("nyc_acris", Outcome.UNCOVERED, "no_records_for_parcel"): 1,
        ("attom", Outcome.UNCOVERED, "parcel_unknown"): 1,
    }
    # Nothing found was no baseline: what is recorded first is brought up.
    sandbox.record("acris", "1999020009", "deed", grantees=["QUICK HOMES LLC"])
    services.hometitle.scan(subscription, "run-2")
    [alert] = services.alerts.of(subscription)
    assert (alert.kind, alert.severity) == (AlertKind.TITLE_BASELINE, Severity.CRITICAL)


def test_a_subscription_without_a_property_says_so(services: Services) -> None:
    subscription = subscribe(services.subscriptions, "ada@example.com")
    report = services.hometitle.scan(subscription, "run-1")
    assert report.coverage.answered
    assert report.sentence() == "no property is watched"
    assert coverage_of(services.database, "run-1") == {
        (None, Outcome.UNCOVERED, "no_property_watched"): 1
    }


def test_a_deed_is_told_of_again_when_it_names_a_stranger_at_last(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    _bought(sandbox)
    subscription = _homeowner(services)
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
    assert _told(services.alerts.of(subscription)) == [
        (AlertKind.TITLE_CHANGE, Severity.CRITICAL),
        (AlertKind.TITLE_QUESTION, Severity.MEDIUM),
    ]


def test_the_answer_to_a_question_is_known_from_then_on(
    services: Services, sandbox: Sandbox
) -> None:
    _bought(sandbox)
    subscription = _homeowner(services)
    services.hometitle.scan(subscription, "run-1")
    [home] = services.properties.summaries()
    services.properties.know(home.id, owners=["Lovelace Family Trust"], lenders=["Lake CU"])
    sandbox.record("acris", LOT, "deed", grantees=["LOVELACE FAMILY TRUST DTD 2026"])
    sandbox.record(
        "acris", LOT, "mortgage", grantors=["LOVELACE FAMILY TRUST"], grantees=["LAKE CU"]
    )
    assert services.hometitle.scan(subscription, "run-2").recorded.alerts == 0


def test_scans_of_one_subscription_at_once_tell_once(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    _bought(sandbox)
    subscription = _homeowner(services)
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
    _bought(sandbox)
    sandbox.record("acris", LOT, "lien", amount=4000)
    subscription = _homeowner(services)

    def scan(number: int) -> object:
        return services.hometitle.scan(subscription, f"run-{number}")

    at_once(scan, 6, threads=3)
    assert title_counts(services.database) == {
        "property_documents": 3,
        "alerts": 1,
        "alert_documents": 1,
        "notifications": 1,
    }


def test_what_is_held_is_encrypted_and_reads_back_with_the_reasons(
    services: Services, sandbox: Sandbox
) -> None:
    _bought(sandbox)
    subscription = _homeowner(services)
    services.hometitle.scan(subscription, "run-1")
    sandbox.record("acris", LOT, "deed", grantees=["LOVELAGE, ADA"])
    services.hometitle.scan(subscription, "run-2")
    last = services.timeline.of(subscription)[-1]
    assert last.document.grantees == ("LOVELAGE, ADA",)
    assert last.told is Severity.MEDIUM
    assert [c.match.why for c in last.compared] == ["spelling"]
    assert "LOVELA" not in repr(last.document)
    stored = stored_bytes(
        services.database, "properties", "property_documents", "alerts", "scan_coverage"
    )
    for secret in (b"LOVELA", b"Lovelace", LOT.encode(), b"HARBOR", last.document.number.encode()):
        assert secret not in stored


def test_a_removed_property_is_not_asked_about(services: Services, sandbox: Sandbox) -> None:
    _bought(sandbox)
    subscription = _homeowner(services)
    [home] = services.properties.summaries()
    services.properties.remove(home.id)
    report = services.hometitle.scan(subscription, "run-1")
    assert report.sentence() == "no property is watched"
    assert sandbox.call_count("acris") == 0


def test_nothing_runs_for_an_unknown_or_cancelled_subscription(
    services: Services, sandbox: Sandbox
) -> None:
    with pytest.raises(UnknownSubscription, match="sub_nope"):
        services.hometitle.scan("sub_nope", "run-1")
    subscription = _homeowner(services)
    services.subscriptions.cancel(subscription)
    with pytest.raises(InactiveSubscription, match="cancelled"):
        services.hometitle.scan(subscription, "run-2")
    assert sandbox.call_count("acris") == 0


def test_a_code_newer_than_our_table_is_read_in_the_registers_own_words(
    services: Services, sandbox: Sandbox
) -> None:
    _bought(sandbox)
    subscription = _homeowner(services)
    services.hometitle.scan(subscription, "run-1")
    sandbox.record("acris", LOT, "NEWT")  # in ACRIS's table of codes
    sandbox.record("acris", LOT, "ZZZZ")  # in none
    services.hometitle.scan(subscription, "run-2")
    described = {e.document.label: e.document.kind for e in services.timeline.of(subscription)}
    assert described["MECHANICS LIEN, ELECTRONIC"] is DocumentKind.MECHANICS_LIEN
    assert described["ZZZZ"] is DocumentKind.UNRECOGNISED
    assert _told(services.alerts.of(subscription)) == [
        (AlertKind.TITLE_CHANGE, Severity.MEDIUM),
        (AlertKind.TITLE_QUESTION, Severity.MEDIUM),
    ]
