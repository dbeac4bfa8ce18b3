"""What a HomeTitle scan says it checked, and how it keeps what it found."""

import pytest

from kordant_pipelines.domain.alerts import AlertKind
from kordant_pipelines.domain.coverage import Outcome
from kordant_pipelines.domain.errors import InactiveSubscription, UnknownSubscription
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.services.container import Services
from kordant_pipelines_tests.services.homes import HOME, LOT, bought, homeowner
from kordant_pipelines_tests.services.looking import (
    coverage_of,
    stored_bytes,
    subscribe,
)


def test_coverage_says_how_far_behind_a_register_is_and_what_it_does_not_hold(
    services: Services, sandbox: Sandbox
) -> None:
    bought(sandbox)
    subscription = homeowner(services)
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
    report = services.hometitle.scan(homeowner(services, home), "run-1")
    assert report.coverage.answered
    assert coverage_of(services.database, "run-1") == {
        (None, Outcome.UNCOVERED, "no_source_for_county"): 1
    }


def test_a_property_the_source_does_not_know_is_never_clean(
    services: Services, sandbox: Sandbox
) -> None:
    sandbox.record("acris", LOT, "deed", grantees=["LOVELACE, ADA"])
    subscription = homeowner(
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


def test_what_is_held_is_encrypted_and_reads_back_with_the_reasons(
    services: Services, sandbox: Sandbox
) -> None:
    bought(sandbox)
    subscription = homeowner(services)
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
    bought(sandbox)
    subscription = homeowner(services)
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
    subscription = homeowner(services)
    services.subscriptions.cancel(subscription)
    with pytest.raises(InactiveSubscription, match="cancelled"):
        services.hometitle.scan(subscription, "run-2")
    assert sandbox.call_count("acris") == 0
