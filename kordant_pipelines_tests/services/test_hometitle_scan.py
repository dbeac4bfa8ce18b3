"""What a HomeTitle scan finds and tells, when the registers answer."""

from kordant_pipelines.domain.alerts import AlertKind
from kordant_pipelines.domain.coverage import Outcome
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.domain.title_documents import DocumentKind
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.services.container import Services
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.services.homes import HOME, LOT, PIN, bought, homeowner, told
from kordant_pipelines_tests.services.looking import (
    title_counts,
)


def test_a_forged_deed_a_refinance_and_a_lien_are_told_once_each(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    bought(sandbox)
    subscription = homeowner(services)
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
    assert told(alerts) == [
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
    bought(sandbox)
    subscription = homeowner(services)
    services.hometitle.scan(subscription, "run-1")
    number = sandbox.record("acris", LOT, "deed", grantees=["QUICK HOMES LLC"])
    services.hometitle.scan(subscription, "run-2")
    [alert] = services.alerts.of(subscription)
    assert alert.run_id == "run-2"
    assert "(your home •••0001, New York City)" in alert.text.title
    assert number in alert.text.what
    assert "QUICK HOMES LLC" in alert.text.what
    assert LOT not in alert.text.model_dump_json()


def test_the_first_document_a_register_ever_holds_on_a_home_is_news(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    """Bought before the register's first year, the home has no document until it is stolen."""
    subscription = homeowner(services)
    first = services.hometitle.scan(subscription, "run-1")
    assert first.coverage.counts[Outcome.UNCOVERED] == 1
    clock.advance(days=40)
    sandbox.record("acris", LOT, "deed", grantees=["QUICK HOMES LLC"])
    services.hometitle.scan(subscription, "run-2")
    assert services.hometitle.scan(subscription, "run-3").recorded.alerts == 0
    [alert] = services.alerts.of(subscription)
    assert (alert.kind, alert.severity) == (AlertKind.TITLE_CHANGE, Severity.CRITICAL)
    [event] = services.timeline.of(subscription)
    assert not event.baseline


def test_a_history_that_a_register_held_back_at_first_is_still_the_baseline(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    subscription = homeowner(services)
    services.hometitle.scan(subscription, "run-1")
    for kind in ("deed", "mortgage", "lien"):
        sandbox.record("acris", LOT, kind, grantees=["QUICK HOMES LLC"])
    clock.advance(days=1)
    services.hometitle.scan(subscription, "run-2")
    [alert] = services.alerts.of(subscription)
    assert alert.kind is AlertKind.TITLE_BASELINE


def test_a_forged_quitclaim_in_cook_county_is_critical_though_the_assessor_flags_it(
    services: Services, sandbox: Sandbox
) -> None:
    sandbox.record("cook", PIN, "deed", amount=300000, grantees=["ADA LOVELACE"])
    home = HOME | {"county": "cook", "parcel": PIN}
    subscription = homeowner(services, home)
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
    subscription = homeowner(
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
    assert told(services.alerts.of(subscription)) == [
        (AlertKind.TITLE_CHANGE, Severity.CRITICAL),
        (AlertKind.TITLE_CHANGE, Severity.HIGH),
        (AlertKind.TITLE_CHANGE, Severity.HIGH),
    ]


def test_the_answer_to_a_question_is_known_from_then_on(
    services: Services, sandbox: Sandbox
) -> None:
    bought(sandbox)
    subscription = homeowner(services)
    services.hometitle.scan(subscription, "run-1")
    [home] = services.properties.summaries()
    services.properties.know(home.id, owners=["Lovelace Family Trust"], lenders=["Lake CU"])
    sandbox.record("acris", LOT, "deed", grantees=["LOVELACE FAMILY TRUST DTD 2026"])
    sandbox.record(
        "acris", LOT, "mortgage", grantors=["LOVELACE FAMILY TRUST"], grantees=["LAKE CU"]
    )
    assert services.hometitle.scan(subscription, "run-2").recorded.alerts == 0


def test_a_code_newer_than_our_table_is_read_in_the_registers_own_words(
    services: Services, sandbox: Sandbox
) -> None:
    bought(sandbox)
    subscription = homeowner(services)
    services.hometitle.scan(subscription, "run-1")
    sandbox.record("acris", LOT, "NEWT")  # in ACRIS's table of codes
    sandbox.record("acris", LOT, "ZZZZ")  # in none
    services.hometitle.scan(subscription, "run-2")
    described = {e.document.label: e.document.kind for e in services.timeline.of(subscription)}
    assert described["MECHANICS LIEN, ELECTRONIC"] is DocumentKind.MECHANICS_LIEN
    assert described["ZZZZ"] is DocumentKind.UNRECOGNISED
    assert told(services.alerts.of(subscription)) == [
        (AlertKind.TITLE_CHANGE, Severity.MEDIUM),
        (AlertKind.TITLE_QUESTION, Severity.MEDIUM),
    ]
