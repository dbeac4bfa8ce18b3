"""A broker that could not be looked at is unknown: never removed, never not found."""

import pytest
from sqlalchemy import text

from kordant_pipelines.domain.coverage import Outcome
from kordant_pipelines.domain.errors import InactiveSubscription
from kordant_pipelines.domain.removals.states import State
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.security.keyring import Keyring
from kordant_pipelines.services.container import Services, build_services
from kordant_pipelines.settings import Settings
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.conftest import Servers
from kordant_pipelines_tests.services.looking import subscribe
from kordant_pipelines_tests.services.removals.enrolling import enrol, state

FAULTS = {
    "unavailable": "unavailable",
    "truncated": "malformed_response",
    "disconnect": "malformed_response",
    "rate_limited": "rate_limited",
    "schema_drift": "schema_drift",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_search_that_fails_says_nothing_and_is_made_good_later(
    services: Services, sandbox: Sandbox, clock: HandClock, servers: Servers, ada: str, fault: str
) -> None:
    retry_after = 60 if fault == "rate_limited" else None
    sandbox.fault("brokers", fault, retry_after=retry_after, path_contains="/search")
    report = services.remove_brokers.process(ada, "run-1")
    assert report.coverage.counts[Outcome.CHECKED] == 0
    assert state(services, ada, "swift") is State.PENDING
    assert state(services, ada, "empty") is State.PENDING
    assert report.coverage.reasons[f"swift: {FAULTS[fault]}"] == 1
    # It is not due at once again, or a dispatcher would run it without end.
    assert list(services.remove_brokers.due(clock(), after="", limit=5)) == []

    sandbox.clear_faults()
    servers.empty_valkey()  # with it the pause a 429 asked for, as time would
    clock.advance(hours=3)
    assert list(services.remove_brokers.due(clock(), after="", limit=5)) == [ada]
    services.remove_brokers.process(ada, "run-2")
    assert state(services, ada, "swift") is State.SUBMITTED
    assert state(services, ada, "empty") is State.NOT_FOUND


def test_a_removed_profile_stays_removed_and_is_called_unknown_when_the_site_fails(
    services: Services, sandbox: Sandbox, clock: HandClock, ada: str
) -> None:
    services.remove_brokers.process(ada, "run-1")
    clock.advance(days=3, hours=1)
    services.remove_brokers.process(ada, "run-2")
    assert state(services, ada, "swift") is State.REMOVED
    sandbox.fault("brokers", "unavailable", path_contains="/swift/")
    clock.advance(days=2, hours=1)
    report = services.remove_brokers.process(ada, "run-3")
    assert state(services, ada, "swift") is State.REMOVED
    assert report.coverage.reasons["swift: unavailable"] == 1


def test_without_a_mailbox_brokers_are_looked_at_and_not_asked(
    settings: Settings, keyring: Keyring, clock: HandClock, sandbox: Sandbox
) -> None:
    none = {"removals_address": None, "removals_smtp_url": None, "removals_imap_url": None}
    without = build_services(settings.model_copy(update=none), keyring, clock=clock)
    ada = enrol(without, "demo-0001")
    report = without.remove_brokers.process(ada, "run-1")
    assert report.coverage.counts[Outcome.CHECKED] > 10
    assert report.states.keys() == {State.PENDING, State.NOT_FOUND, State.NEEDS_USER_ACTION}
    assert not any(sandbox.world.brokers.filed(s.key) for s in sandbox.world.brokers.seeds())
    assert {task.reason for task in without.removals.tasks()} == {"guided", "no_mailbox"}
    without.close()


@pytest.mark.parametrize("which", ["smtp", "imap"])
def test_a_mail_server_that_is_down_loses_nothing(
    services: Services,
    settings: Settings,
    keyring: Keyring,
    clock: HandClock,
    sandbox: Sandbox,
    which: str,
) -> None:
    down = {f"removals_{which}_url": f"{which}://127.0.0.1:1"}
    broken = build_services(settings.model_copy(update=down), keyring, clock=clock)
    ada = enrol(broken, "demo-0001")
    report = broken.remove_brokers.process(ada, "run-1")
    if which == "smtp":
        assert report.problems["silent: unavailable"] == 1
        assert state(broken, ada, "silent") is State.PENDING
    else:
        assert report.problems["inbox: unavailable"] == 1
        assert state(broken, ada, "silent") is State.SUBMITTED
        # Nobody is called late by whoever has not read their answers.
        clock.advance(days=40)
        broken.remove_brokers.process(ada, "run-2")
        assert state(broken, ada, "silent") is State.SUBMITTED
    broken.close()
    clock.advance(hours=3)
    services.remove_brokers.process(ada, "run-3")
    expected = State.SUBMITTED if which == "smtp" else State.ESCALATED
    assert state(services, ada, "silent") is expected
    assert [f.times for f in sandbox.world.brokers.filed("silent")] == [1]


def test_nothing_is_done_for_whoever_authorised_nothing(
    services: Services, sandbox: Sandbox
) -> None:
    subscription = subscribe(services.subscriptions, "a@example.com")
    report = services.remove_brokers.process(subscription, "run-1")
    assert not report.authorised
    assert sandbox.call_count("brokers") == 0


def test_a_cancelled_subscription_is_not_due_and_refused(
    services: Services, clock: HandClock, ada: str
) -> None:
    services.subscriptions.cancel(ada)
    assert list(services.remove_brokers.due(clock(), after="", limit=5)) == []
    with pytest.raises(InactiveSubscription):
        services.remove_brokers.process(ada, "run-1")


def test_due_pages_in_order(services: Services, clock: HandClock) -> None:
    enrolled = sorted(enrol(services, f"demo-00{n:02}") for n in (1, 2, 3))
    due = services.remove_brokers.due
    assert list(due(clock(), after="", limit=2)) == enrolled[:2]
    assert list(due(clock(), after=enrolled[1], limit=2)) == enrolled[2:]


def test_a_brokers_limit_holds_back_what_it_does_not_admit(
    settings: Settings, keyring: Keyring, clock: HandClock, sandbox: Sandbox
) -> None:
    registry = settings.broker_registry_file
    assert registry is not None
    registry.write_text(registry.read_text().replace('"letters_a_day":1000', '"letters_a_day":1'))
    strict = build_services(settings, keyring, clock=clock)
    first, second = (enrol(strict, f"demo-000{n}") for n in (1, 2))
    for subscription in (first, second):
        strict.remove_brokers.process(subscription, f"run-{subscription}")
    assert state(strict, first, "silent") is State.SUBMITTED
    assert state(strict, second, "silent") is State.PENDING
    assert len(sandbox.world.brokers.filed("silent")) == 1
    assert list(strict.remove_brokers.due(clock(), after="", limit=5)) == []
    strict.close()


def test_no_personal_data_lies_open(services: Services, ada: str) -> None:
    services.remove_brokers.process(ada, "run-1")
    report = services.remove_brokers.process(ada, "run-2")
    tables = (
        *("broker_coverage", "brokers", "removal_mailboxes", "removal_mails", "removal_profiles"),
        *("removal_requests", "removal_tasks", "removal_transitions", "scans"),
    )
    with services.database.connection() as connection:
        stored = " ".join(
            str(row)
            for table in tables
            for row in connection.execute(text(f"SELECT * FROM {table}"))  # noqa: S608 - our own tables
        ).lower()
    for secret in ("lindqvist", "oakland", "94607", "ada.l", "/profile/", "token="):
        assert secret not in stored
        assert secret not in report.sentence().lower()
