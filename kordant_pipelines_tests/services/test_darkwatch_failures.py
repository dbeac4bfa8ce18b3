"""When sources, the database or the subscription fail a scan: unknown is never clean."""

import threading
from collections.abc import Generator
from contextlib import contextmanager

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from kordant_pipelines.domain.coverage import Outcome
from kordant_pipelines.domain.errors import InactiveSubscription
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.security.keyring import Keyring
from kordant_pipelines.services.container import Services, build_services
from kordant_pipelines.settings import Settings
from kordant_pipelines.storage.database import DatabaseUnreachable
from kordant_pipelines.storage.models import ItemCheckRow, SubscriptionRow
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.conftest import Servers
from kordant_pipelines_tests.services.looking import counts, coverage_of, subscribe

EMAIL = "watched@example.com"
PHONE = "+12025550142"
FAULTS = {
    "rate_limited": "rate_limited",
    "unavailable": "unavailable",
    "timeout": "timeout",
    "truncated": "malformed_response",
    "disconnect": "malformed_response",
    "bad_key": "bad_key",
    "schema_drift": "schema_drift",
}
PERMANENT = {"bad_key", "schema_drift"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A time-out that is short, but not so short that a busy machine would meet it unasked."""
    return settings.model_copy(update={"provider_timeout_seconds": 2.0})


@pytest.fixture
def watched(services: Services, sandbox: Sandbox) -> str:
    """A subscription with something to find at both providers, not scanned yet."""
    sandbox.publish_breach({"Name": "Known", "DataClasses": ["Passwords"]}, [EMAIL])
    sandbox.add_leak({"source": {"name": "Forum.example"}, "phone": PHONE.removeprefix("+")})
    return subscribe(services.subscriptions, EMAIL, phones=(PHONE,))


def _checks(services: Services) -> int:
    with services.database.transaction() as session:
        return len(session.scalars(select(ItemCheckRow)).all())


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("provider", ["hibp", "leakcheck"])
def test_a_failed_call_is_recorded_as_not_checked_and_made_good_later(
    services: Services,
    sandbox: Sandbox,
    clock: HandClock,
    watched: str,
    servers: Servers,
    provider: str,
    fault: str,
) -> None:
    path = "account" if provider == "hibp" else "query"
    retry_after = 60 if fault == "rate_limited" else None
    sandbox.fault(provider, fault, retry_after=retry_after, path_contains=path)
    report = services.darkwatch.scan(watched, "run-1")

    failed = ["hibp", "hibp_pastes"] if provider == "hibp" else ["leakcheck"]
    if (provider, fault) == ("hibp", "schema_drift"):
        failed = ["hibp"]  # no paste is there to drift: "not found" is a whole answer
    answered = {"hibp", "hibp_pastes", "leakcheck"} - set(failed)
    reason = FAULTS[fault]
    assert coverage_of(services.database, "run-1") == {
        **{(source, Outcome.NOT_CHECKED, reason): 1 for source in failed},
        **{(source, Outcome.CHECKED, None): 1 for source in answered},
    }
    assert not report.coverage.answered
    assert report.retryable is (reason not in PERMANENT)
    assert _checks(services) == len(answered)
    # What the other provider said was recorded nevertheless.
    assert report.recorded.new_exposures == 1

    sandbox.clear_faults()
    servers.empty_valkey()  # with it the pause a 429 asked for, as time would
    clock.advance(minutes=5)
    report = services.darkwatch.scan(watched, "run-2")
    assert report.coverage.answered
    assert counts(services.database)["exposures"] == 2


def test_a_failure_leaves_what_was_known_as_it_was(
    services: Services, sandbox: Sandbox, clock: HandClock, watched: str
) -> None:
    services.darkwatch.scan(watched, "run-1")
    before = counts(services.database)
    sandbox.publish_breach({"Name": "Other", "DataClasses": ["Names"]}, [])
    sandbox.fault("hibp", "unavailable", path_contains="account")
    clock.advance(days=1)
    report = services.darkwatch.scan(watched, "run-2")
    assert report.recorded.cleared == 0
    assert counts(services.database) == before
    assert ("hibp", Outcome.NOT_CHECKED, "unavailable") in coverage_of(services.database, "run-2")


def test_nothing_is_called_unchanged_under_a_catalogue_that_could_not_be_refreshed(
    services: Services, sandbox: Sandbox, clock: HandClock, watched: str
) -> None:
    services.darkwatch.scan(watched, "run-1")
    sandbox.publish_breach({"Name": "Unseen", "DataClasses": ["Passwords"]}, [EMAIL])
    sandbox.fault("hibp", "unavailable", path_contains="breaches")
    clock.advance(days=1)
    report = services.darkwatch.scan(watched, "run-2")
    assert report.coverage.counts[Outcome.UNCHANGED] == 0
    # The account itself could still be asked, so the new breach is found all the same.
    assert report.recorded.alerts == 1


def test_another_server_in_hibps_place_is_never_read_as_clean(
    settings: Settings, keyring: Keyring, clock: HandClock, watched: str, services: Services
) -> None:
    services.darkwatch.scan(watched, "run-1")
    catalogue = text("SELECT version, breaches, refreshed_at FROM breach_catalogues")
    with services.database.connection() as connection:
        held = connection.execute(catalogue).one()
    elsewhere = build_services(
        settings.model_copy(update={"hibp_url": settings.leakcheck_url}), keyring, clock=clock
    )
    clock.advance(days=1)
    report = elsewhere.darkwatch.scan(watched, "run-2")
    elsewhere.close()
    assert report.coverage.counts[Outcome.UNCHANGED] == 0
    assert report.coverage.counts[Outcome.NOT_CHECKED] == 1
    with services.database.connection() as connection:
        assert connection.execute(catalogue).one() == held


def test_a_scan_cut_off_while_writing_leaves_nothing_half_done(
    services: Services, watched: str
) -> None:
    empty = counts(services.database)
    with _holding(services, watched) as holder:
        scan = _InThread(services, watched)
        _until_waiting(services)
        holder.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
        )
        assert isinstance(scan.outcome(), OperationalError | DatabaseUnreachable)
    assert counts(services.database) == empty
    assert _checks(services) == 0

    report = services.darkwatch.scan(watched, "run-1")
    assert report.coverage.answered
    assert (report.recorded.new_exposures, report.recorded.alerts) == (2, 1)


def test_a_subscription_cancelled_during_its_scan_is_told_nothing(
    services: Services, watched: str
) -> None:
    with _holding(services, watched) as holder:
        scan = _InThread(services, watched)
        _until_waiting(services)
        holder.execute(text("UPDATE subscriptions SET status = 'cancelled'"))
        holder.commit()
        assert isinstance(scan.outcome(), InactiveSubscription)
    assert counts(services.database) == dict.fromkeys(counts(services.database), 0)


class _InThread:
    def __init__(self, services: Services, subscription: str) -> None:
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._scan, args=(services, subscription))
        self._thread.start()

    def _scan(self, services: Services, subscription: str) -> None:
        try:
            services.darkwatch.scan(subscription, "run-1")
        except (OperationalError, DatabaseUnreachable, InactiveSubscription) as error:
            self._error = error

    def outcome(self) -> Exception | None:
        self._thread.join(30)
        assert not self._thread.is_alive()
        return self._error


@contextmanager
def _holding(services: Services, subscription: str) -> Generator[Session]:
    """Hold the subscription's row, so that a scan stops just before it writes."""
    with services.database.transaction() as session:
        session.execute(
            select(SubscriptionRow.id).where(SubscriptionRow.id == subscription).with_for_update()
        )
        yield session


def _until_waiting(services: Services) -> None:
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    for _ in range(1000):
        with services.database.connection() as connection:
            if connection.execute(waiting).scalar_one():
                return
        threading.Event().wait(0.01)
    pytest.fail("the scan never came to write")
