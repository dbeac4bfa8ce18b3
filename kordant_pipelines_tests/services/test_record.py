"""Recording answers that come late, in part, or from a host whose clock is wrong."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from kordant_pipelines.domain.breaches import Breach, Source
from kordant_pipelines.domain.coverage import Coverage, Outcome
from kordant_pipelines.domain.exposures import Finding
from kordant_pipelines.domain.scan_plan import Lookup
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.security.keyring import Keyring
from kordant_pipelines.services.container import Services, build_services
from kordant_pipelines.services.darkwatch.answers import Answer
from kordant_pipelines.services.darkwatch.record import Recorded, record_scan
from kordant_pipelines.services.people import People
from kordant_pipelines.settings import Settings
from kordant_pipelines.storage.models import ExposureRow, ScanRow, WatchItemRow
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.services.looking import subscribe

EMAIL = "watched@example.com"
BREACH = Breach(source=Source.HIBP, key="New", title="New", data_classes=frozenset({"Passwords"}))


class Recorder:
    """Records answers about one item, as a scan that was asked at a given moment would."""

    def __init__(self, services: Services, keyring: Keyring, clock: HandClock) -> None:
        self.subscription = subscribe(services.subscriptions, EMAIL)
        self._database = services.database
        self._people = People.with_keyring(keyring)
        self._clock = clock
        with self._database.transaction() as session:
            self._item = session.scalars(select(WatchItemRow.id)).one()

    def record(
        self,
        run: str,
        asked_at: datetime,
        *breaches: Breach,
        outcome: Outcome = Outcome.CHECKED,
    ) -> Recorded:
        source = breaches[0].source if breaches else Source.HIBP
        findings = [Finding(breach, breach.data_classes) for breach in breaches]
        coverage = Coverage(item_id=self._item, source=source, outcome=outcome)
        return record_scan(
            self._database,
            self._people,
            self._clock(),
            subscription_id=self.subscription,
            run_id=run,
            catalogue_version=1,
            answers=[Answer(Lookup(self._item, source), "w•••", asked_at, findings, coverage)],
            settled=[],
        )

    def exposures(self) -> dict[str, tuple[set[str], bool]]:
        """Kinds of data by breach, and whether it stands (was not cleared)."""
        with self._database.transaction() as session:
            return {
                row.breach_key: (set(row.data_classes), row.cleared_at is None)
                for row in session.scalars(select(ExposureRow))
            }


@pytest.fixture
def recorder(services: Services, keyring: Keyring, clock: HandClock) -> Recorder:
    return Recorder(services, keyring, clock)


def test_an_older_answer_recorded_later_clears_nothing(
    recorder: Recorder, clock: HandClock
) -> None:
    asked_first, asked_second = clock(), clock()
    clock.advance(seconds=5)
    recorder.record("second", asked_second, BREACH)
    late = recorder.record("first", asked_first)
    assert late.cleared == 0
    assert recorder.exposures() == {"New": ({"Passwords"}, True)}


def test_an_answer_cut_short_takes_nothing_back(recorder: Recorder, clock: HandClock) -> None:
    def forum(*classes: str) -> Breach:
        return Breach(
            source=Source.LEAKCHECK, key="Forum", title="Forum", data_classes=frozenset(classes)
        )

    other = Breach(
        source=Source.LEAKCHECK, key="Other", title="Other", data_classes=frozenset({"Names"})
    )
    recorder.record("1", clock(), forum("Usernames", "Passwords"), other)
    clock.advance(hours=1)
    recorder.record("2", clock(), forum("Usernames"), outcome=Outcome.UNCOVERED)
    assert recorder.exposures() == {
        "Forum": ({"Usernames", "Passwords"}, True),
        "Other": ({"Names"}, True),
    }


def test_only_the_first_answer_in_part_is_a_first_look(
    recorder: Recorder, services: Services, clock: HandClock
) -> None:
    kinds: list[int] = []
    for number in range(3):
        clock.advance(hours=1)
        leaks = [
            Breach(
                source=Source.LEAKCHECK,
                key=f"L{n}",
                title=f"L{n}",
                data_classes=frozenset({"Names"}),
            )
            for n in range(number + 1)
        ]
        run = f"run-{number}"
        kinds.append(recorder.record(run, clock(), *leaks, outcome=Outcome.UNCOVERED).alerts)
    assert kinds == [1, 1, 1]
    with services.database.connection() as connection:
        alerts = connection.exec_driver_sql("SELECT kind FROM alerts ORDER BY raised_at").scalars()
        assert list(alerts) == ["baseline", "exposure", "exposure"]
    with services.database.transaction() as session:
        assert not any(session.scalars(select(ScanRow.complete)))


def test_a_host_whose_clock_is_ahead_does_not_freeze_the_others(
    settings: Settings, keyring: Keyring, services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    subscription = subscribe(services.subscriptions, EMAIL)
    ahead = HandClock(clock() + timedelta(days=400))
    elsewhere = build_services(settings, keyring, clock=ahead)
    elsewhere.darkwatch.scan(subscription, "ahead")
    elsewhere.close()
    sandbox.publish_breach({"Name": "Fresh", "DataClasses": ["Passwords"]}, [EMAIL])
    clock.advance(days=1)
    report = services.darkwatch.scan(subscription, "here")
    assert report.coverage.counts[Outcome.CHECKED] == 2
    assert report.recorded.alerts == 1


def test_what_one_customers_rows_say_of_a_leak_does_not_bind_the_next(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    first = subscribe(services.subscriptions, usernames=("first.one",))
    second = subscribe(services.subscriptions, usernames=("second.one",))
    for subscription in (first, second):
        services.darkwatch.scan(subscription, f"base-{subscription}")
    rumour = {"name": "Forum.example", "breach_date": None, "unverified": 1}
    fact = {"name": "Forum.example", "breach_date": "2026-03", "unverified": 0}
    sandbox.add_leak({"source": rumour, "username": "first.one", "password": "x"})
    sandbox.add_leak({"source": fact, "username": "second.one", "password": "y"})
    clock.advance(days=1)
    assert services.darkwatch.scan(first, "f1").recorded.alerts == 0
    assert services.darkwatch.scan(second, "s1").recorded.alerts == 1
    clock.advance(days=1)
    # By now it is known to be true, for whoever is in it.
    assert services.darkwatch.scan(first, "f2").recorded.alerts == 1


def test_leaks_of_unknown_origin_are_told_apart_by_their_date(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    subscription = subscribe(services.subscriptions, usernames=("night.owl",))
    services.darkwatch.scan(subscription, "run-0")
    for number, month in enumerate(("2018-01", "2025-06"), start=1):
        source = {"name": "Unknown", "breach_date": month}
        sandbox.add_leak({"source": source, "username": "night.owl", "password": "x"})
        clock.advance(days=1)
        assert services.darkwatch.scan(subscription, f"run-{number}").recorded.alerts == 1


def test_a_breach_that_names_no_kind_of_data_is_alerted_all_the_same(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    subscription = subscribe(services.subscriptions, EMAIL)
    services.darkwatch.scan(subscription, "run-0")
    sandbox.publish_breach({"Name": "Bare", "DataClasses": [], "IsStealerLog": True}, [EMAIL])
    clock.advance(days=1)
    assert services.darkwatch.scan(subscription, "run-1").recorded.alerts == 1


def test_a_name_that_no_database_stores_does_not_stop_a_scan(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    subscription = subscribe(services.subscriptions, usernames=("night.owl",))
    services.darkwatch.scan(subscription, "run-0")
    sandbox.add_leak({"source": {"name": "Fo\x00rum"}, "username": "night.owl"})
    clock.advance(days=1)
    assert services.darkwatch.scan(subscription, "run-1").recorded.new_exposures == 1


def test_an_answer_corrects_what_the_catalogue_held_of_a_breach(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    """While the catalogue cannot be refreshed, the answers themselves say what is true now."""
    sandbox.publish_breach(
        {"Name": "Rumour", "DataClasses": ["Passwords"], "IsVerified": False}, [EMAIL]
    )
    subscription = subscribe(services.subscriptions, EMAIL)
    services.darkwatch.scan(subscription, "run-0")
    clock.advance(days=1)
    sandbox.amend_breach("Rumour", {"IsVerified": True})
    sandbox.fault("hibp", "unavailable", path_contains="breaches")
    assert services.darkwatch.scan(subscription, "run-1").recorded.alerts == 1
