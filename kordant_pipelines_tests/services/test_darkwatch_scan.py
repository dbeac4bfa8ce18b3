"""What a scan finds, tells and remembers, when the sources answer."""

import pytest

from kordant_pipelines.domain.alerts import AlertKind
from kordant_pipelines.domain.coverage import Outcome
from kordant_pipelines.domain.errors import InactiveSubscription, UnknownSubscription
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.services.container import Services
from kordant_pipelines_tests.at_once import at_once
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.services.looking import (
    counts,
    coverage_of,
    is_empty,
    subscribe,
)

EMAIL = "watched@example.com"
ACCOUNT = "/breachedaccount/{account}"


def _publish(sandbox: Sandbox, name: str, *classes: str, **fields: object) -> None:
    breach = {"Name": name, "Title": name, "BreachDate": "2026-10-30", "DataClasses": list(classes)}
    sandbox.publish_breach(breach | fields, [EMAIL])


def _next_day(clock: HandClock) -> None:
    clock.advance(days=1)


def test_the_first_scan_gives_one_digest_and_says_what_was_checked(
    services: Services, sandbox: Sandbox
) -> None:
    for name in ("First", "Second", "Third"):
        _publish(sandbox, name, "Email addresses", "Passwords")
    subscription = subscribe(services.subscriptions, EMAIL, "clean@example.com")
    report = services.darkwatch.scan(subscription, "run-1")

    assert (report.recorded.new_exposures, report.recorded.alerts) == (3, 1)
    [alert] = services.alerts.of(subscription)
    assert alert.kind is AlertKind.BASELINE
    assert all(name in alert.text.what for name in ("First", "Second", "Third"))
    assert alert.text.when
    assert "password" in alert.text.action
    assert coverage_of(services.database, "run-1") == {
        ("hibp", Outcome.CHECKED, None): 2,
        ("hibp_pastes", Outcome.CHECKED, None): 2,
    }
    assert counts(services.database)["notifications"] == 1


def test_scanning_again_adds_nothing_and_asks_hibp_nothing(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    _publish(sandbox, "Known", "Passwords")
    subscription = subscribe(services.subscriptions, EMAIL)
    services.darkwatch.scan(subscription, "run-1")
    before = counts(services.database)
    sandbox.reset_calls()

    _next_day(clock)
    report = services.darkwatch.scan(subscription, "run-2")

    assert counts(services.database) == before
    assert sandbox.call_count("hibp", endpoint=ACCOUNT) == 0
    assert report.coverage.counts[Outcome.UNCHANGED] == 1
    assert report.coverage.counts[Outcome.NOT_DUE] == 1


def test_a_new_breach_is_alerted_once_with_what_when_and_what_to_do(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    subscription = subscribe(services.subscriptions, EMAIL, contact_phones=("+12025550101",))
    services.darkwatch.scan(subscription, "run-1")
    _publish(sandbox, "Fresh", "Email addresses", "Passwords")
    _next_day(clock)
    report = services.darkwatch.scan(subscription, "run-2")
    _next_day(clock)
    services.darkwatch.scan(subscription, "run-3")

    [alert] = services.alerts.of(subscription)
    assert (alert.kind, alert.severity, alert.run_id) == (
        AlertKind.EXPOSURE,
        Severity.CRITICAL,  # a password, leaked less than 90 days ago
        "run-2",
    )
    assert EMAIL not in alert.text.model_dump_json()
    assert "w•••@e•••.com" in alert.text.title
    assert "passwords" in alert.text.what
    assert "2026-10-30" in alert.text.when
    assert "Change your password at Fresh" in alert.text.action
    assert report.recorded.notifications == 2  # to the address and, being critical, to the phone


def test_each_of_several_new_breaches_has_its_own_alert(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    subscription = subscribe(services.subscriptions, EMAIL)
    services.darkwatch.scan(subscription, "run-1")
    for name in ("One", "Two"):
        _publish(sandbox, name, "Phone numbers")
    _next_day(clock)
    assert services.darkwatch.scan(subscription, "run-2").recorded.alerts == 2


def test_an_exposure_is_alerted_again_only_when_more_data_is_known_to_be_out(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    _publish(sandbox, "Grows", "Email addresses")
    subscription = subscribe(services.subscriptions, EMAIL)
    services.darkwatch.scan(subscription, "run-1")

    sandbox.amend_breach("Grows", {"PwnCount": 77, "Title": "Grows"})
    _next_day(clock)
    assert services.darkwatch.scan(subscription, "run-2").recorded.alerts == 0

    sandbox.amend_breach("Grows", {"DataClasses": ["Email addresses", "Passport numbers"]})
    _next_day(clock)
    assert services.darkwatch.scan(subscription, "run-3").recorded.alerts == 1
    alert = services.alerts.of(subscription)[-1]
    assert alert.kind is AlertKind.EXPOSURE_GREW
    assert "passport numbers" in alert.text.what

    sandbox.amend_breach("Grows", {"DataClasses": ["Email addresses"]})
    _next_day(clock)
    assert services.darkwatch.scan(subscription, "run-4").recorded.alerts == 0


@pytest.mark.parametrize("flag", ["IsRetired", "IsFabricated", "IsSpamList"])
def test_what_customers_do_not_hear_of_is_kept_but_not_alerted(
    services: Services, sandbox: Sandbox, flag: str
) -> None:
    _publish(sandbox, "Hidden", "Passwords")
    sandbox.amend_breach("Hidden", {flag: True})
    subscription = subscribe(services.subscriptions, EMAIL)
    assert services.darkwatch.scan(subscription, "run-1").recorded.alerts == 0


def test_an_unverified_breach_is_alerted_when_it_is_verified(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    _publish(sandbox, "Rumour", "Passwords", IsVerified=False)
    subscription = subscribe(services.subscriptions, EMAIL)
    first = services.darkwatch.scan(subscription, "run-1").recorded
    assert (first.new_exposures, first.alerts) == (1, 0)

    sandbox.amend_breach("Rumour", {"IsVerified": True})
    _next_day(clock)
    assert services.darkwatch.scan(subscription, "run-2").recorded.alerts == 1
    [alert] = services.alerts.of(subscription)
    assert alert.kind is AlertKind.EXPOSURE


def test_an_unverified_breach_is_alerted_at_once_to_those_who_asked(
    services: Services, sandbox: Sandbox
) -> None:
    _publish(sandbox, "Rumour", "Passwords", IsVerified=False)
    subscription = subscribe(services.subscriptions, EMAIL, include_unverified=True)
    assert services.darkwatch.scan(subscription, "run-1").recorded.alerts == 1


def test_phones_and_usernames_are_looked_up_at_leakcheck(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    phone, username = "+12025550142", "night.owl"
    subscription = subscribe(services.subscriptions, phones=(phone,), usernames=(username,))
    services.darkwatch.scan(subscription, "run-1")
    source = {"name": "Forum.example", "breach_date": "2026-03"}
    sandbox.add_leak({"source": source, "username": username, "password": "hunter2-secret"})
    _next_day(clock)
    report = services.darkwatch.scan(subscription, "run-2")

    assert report.recorded.alerts == 1
    assert coverage_of(services.database, "run-2") == {("leakcheck", Outcome.CHECKED, None): 2}
    [alert] = services.alerts.of(subscription)
    assert "ni•••" in alert.text.title
    assert "passwords" in alert.text.what
    assert "in 2026-03" in alert.text.when  # the source knows the month, so no day is claimed
    assert "hunter2-secret" not in alert.text.model_dump_json()


def test_without_a_key_a_kind_is_said_to_be_uncovered(services_without_leakcheck: Services) -> None:
    services = services_without_leakcheck
    subscription = subscribe(services.subscriptions, EMAIL, phones=("+12025550142",))
    report = services.darkwatch.scan(subscription, "run-1")
    assert report.coverage.answered
    assert (
        coverage_of(services.database, "run-1")[(None, Outcome.UNCOVERED, "no_source_for_phone")]
        == 1
    )


def test_scans_of_one_subscription_at_once_tell_once(services: Services, sandbox: Sandbox) -> None:
    _publish(sandbox, "Known", "Passwords")
    subscription = subscribe(
        services.subscriptions, EMAIL, "multiple-breaches@hibp-integration-tests.com"
    )

    def scan(number: int) -> object:
        return services.darkwatch.scan(subscription, f"run-{number}")

    at_once(scan, 8, threads=4)
    assert counts(services.database) == {
        "exposures": 4,
        "alerts": 1,
        "alert_exposures": 4,
        "notifications": 1,
    }


def test_an_exposure_the_source_no_longer_lists_is_cleared_and_comes_back_untold(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    _publish(sandbox, "Wavers", "Passwords")
    subscription = subscribe(services.subscriptions, EMAIL)
    services.darkwatch.scan(subscription, "run-1")
    sandbox.amend_breach("Wavers", {"IsRetired": True})  # no longer in answers about accounts
    _next_day(clock)
    assert services.darkwatch.scan(subscription, "run-2").recorded.cleared == 1
    sandbox.amend_breach("Wavers", {"IsRetired": False})
    _next_day(clock)
    back = services.darkwatch.scan(subscription, "run-3").recorded
    assert (back.new_exposures, back.alerts) == (0, 0)


def test_nothing_runs_for_an_unknown_or_cancelled_subscription(
    services: Services, sandbox: Sandbox
) -> None:
    with pytest.raises(UnknownSubscription, match="sub_nope"):
        services.darkwatch.scan("sub_nope", "run-1")
    assert is_empty(services.database)
    subscription = subscribe(services.subscriptions, EMAIL)
    services.subscriptions.cancel(subscription)
    with pytest.raises(InactiveSubscription, match="cancelled"):
        services.darkwatch.scan(subscription, "run-2")
    assert sandbox.call_count("hibp") == 0
