"""What a HomeTitle scan records when a register does not answer: unknown, never clean."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from kordant_pipelines.domain.coverage import Outcome
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.services.container import Services
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.services.looking import coverage_of, subscribe, title_counts

HOMES = {
    "acris": ("nyc", "1-99902-0001", "1999020001", "nyc_acris"),
    "cook": ("cook", "99099990021001", "99099990021001", "cook_sales"),
    "philadelphia": ("philadelphia", "999000201", "999000201", "philadelphia_transfers"),
    "attom": (
        "48453",
        "5 Maple Way, Austin, TX 78701",
        "5 MAPLE WAY | AUSTIN, TX 78701",
        "attom",
    ),
}
FAULTS = {
    "rate_limited": ("rate_limited", False),
    "unavailable": ("unavailable", False),
    "truncated": ("malformed_response", False),
    "disconnect": ("malformed_response", False),
    "not_ready": ("unavailable", False),
    "wrong_json": ("schema_drift", True),
    "schema_drift": ("schema_drift", True),
}


def _watching(services: Services, sandbox: Sandbox, provider: str) -> str:
    county, raw, parcel, _ = HOMES[provider]
    sandbox.record(provider, parcel, "deed", amount=300000, grantees=["LOVELACE ADA"])
    home = {"county": county, "parcel": raw}
    return subscribe(services.subscriptions, properties=[home], name="Ada Lovelace")


@pytest.mark.parametrize("provider", HOMES)
@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_reads_as_clean_or_as_a_baseline(
    services: Services, sandbox: Sandbox, clock: HandClock, provider: str, fault: str
) -> None:
    subscription = _watching(services, sandbox, provider)
    reason, permanent = FAULTS[fault]
    sandbox.fault(provider, fault, retry_after=60 if fault == "rate_limited" else None)
    report = services.hometitle.scan(subscription, "run-1")
    source = HOMES[provider][3]
    assert coverage_of(services.database, "run-1") == {(source, Outcome.NOT_CHECKED, reason): 1}
    assert not report.coverage.answered
    assert report.retryable is not permanent
    assert report.needs_operator == ([f"{source}: {reason}"] if permanent else [])
    assert title_counts(services.database)["property_documents"] == 0
    if fault == "rate_limited":
        return  # the pause the register asked for holds still

    sandbox.clear_faults()
    clock.advance(days=1)
    healed = services.hometitle.scan(subscription, "run-2")
    assert healed.coverage.answered
    assert healed.recorded.alerts == 0  # still the first look


@pytest.mark.parametrize("provider", HOMES)
@pytest.mark.parametrize("fault", ["not_ready", "unavailable", "truncated"])
def test_a_hiccup_is_waited_out_within_the_scan(
    services: Services, sandbox: Sandbox, provider: str, fault: str
) -> None:
    subscription = _watching(services, sandbox, provider)
    sandbox.fault(provider, fault, times=1)
    assert services.hometitle.scan(subscription, "run-1").coverage.answered


def test_a_refused_key_names_what_an_operator_must_mend(
    services: Services, sandbox: Sandbox
) -> None:
    subscription = _watching(services, sandbox, "attom")
    sandbox.fault("attom", "bad_key")
    report = services.hometitle.scan(subscription, "run-1")
    assert report.needs_operator == ["attom: bad_key"]
    assert not report.retryable


def test_one_registers_fault_hides_nothing_of_anothers(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    sandbox.record("acris", HOMES["acris"][2], "deed", grantees=["LOVELACE, ADA"])
    cook = HOMES["cook"]
    sandbox.record("cook", cook[2], "deed", grantees=["ADA LOVELACE"])
    homes = [{"county": HOMES[p][0], "parcel": HOMES[p][1]} for p in ("acris", "cook")]
    subscription = subscribe(services.subscriptions, properties=homes, name="Ada Lovelace")
    services.hometitle.scan(subscription, "run-1")

    clock.advance(days=1)
    sandbox.record("acris", HOMES["acris"][2], "lien", amount=9000)
    sandbox.record("cook", cook[2], "quitclaim", amount=1, grantees=["QUICK LLC"])
    sandbox.fault("acris", "unavailable")
    report = services.hometitle.scan(subscription, "run-2")
    assert not report.coverage.answered
    assert [a.severity for a in services.alerts.of(subscription)] == [Severity.CRITICAL]

    sandbox.clear_faults()
    clock.advance(days=1)
    services.hometitle.scan(subscription, "run-3")
    assert sorted(a.severity for a in services.alerts.of(subscription)) == [
        Severity.CRITICAL,
        Severity.HIGH,
    ]


def test_records_that_vanish_are_a_fault_of_the_source(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    subscription = _watching(services, sandbox, "acris")
    services.hometitle.scan(subscription, "run-1")
    sandbox.world.records.clear()
    clock.advance(days=1)
    report = services.hometitle.scan(subscription, "run-2")
    assert report.retryable
    assert coverage_of(services.database, "run-2") == {
        ("nyc_acris", Outcome.NOT_CHECKED, "records_gone"): 1
    }
    assert title_counts(services.database)["property_documents"] == 1


def test_a_scan_that_dies_while_recording_leaves_nothing_and_is_made_up_for(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    subscription = _watching(services, sandbox, "acris")
    services.hometitle.scan(subscription, "run-1")
    clock.advance(days=1)
    sandbox.record("acris", HOMES["acris"][2], "deed", grantees=["QUICK LLC"])
    before = title_counts(services.database)
    with services.database.connection() as connection:
        connection.execute(text("ALTER TABLE notifications RENAME TO away"))
    with pytest.raises(ProgrammingError):
        services.hometitle.scan(subscription, "run-2")
    with services.database.connection() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO notifications"))
    assert title_counts(services.database) == before
    assert services.hometitle.scan(subscription, "run-3").recorded.alerts == 1
    assert services.hometitle.scan(subscription, "run-4").recorded.alerts == 0
