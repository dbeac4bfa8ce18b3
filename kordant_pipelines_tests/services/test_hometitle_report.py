"""What a report tells of homes: checked, not checked, alarming, explained."""

from kordant_pipelines.domain.reports.sections import Absence, Properties
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.security.keyring import Keyring
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.hometitle.reporting import SHOWN, report_properties
from kordant_pipelines.services.people import People
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.services.homes import HOME, LOT, PIN, bought, homeowner
from kordant_pipelines_tests.services.looking import subscribe


def _reported(
    services: Services, keyring: Keyring, subscription: str, clock: HandClock
) -> Properties | Absence:
    people, moments = People.with_keyring(keyring), [HandClock()(), clock()]
    with services.database.transaction() as session:
        cipher = people.cipher_of(session, subscription)
        return report_properties(session, cipher, subscription, moments)


def test_a_forged_deed_alarms_until_it_is_explained(
    services: Services, sandbox: Sandbox, keyring: Keyring, clock: HandClock
) -> None:
    bought(sandbox)
    subscription = homeowner(services)
    services.hometitle.scan(subscription, "run-1")
    clock.advance(days=5)
    number = sandbox.record("acris", LOT, "mortgage", grantors=["LOVELACE, ADA"], grantees=["X CU"])
    services.hometitle.scan(subscription, "run-2")
    told = _reported(services, keyring, subscription, clock)
    assert isinstance(told, Properties)
    assert (told.watched, told.unchecked, told.alarming, told.history) == (1, 0, 1, [0, 1])
    assert told.good_through is not None
    latest = told.events[0]
    assert (latest.document_number, latest.severity) == (number, Severity.HIGH)
    assert [event.severity for event in told.events[1:]] == [Severity.INFO] * 2
    assert LOT not in repr(told)

    [home] = services.properties.summaries()
    services.properties.know(home.id, lenders=["X CU"])
    explained = _reported(services, keyring, subscription, clock)
    assert isinstance(explained, Properties)
    assert (explained.alarming, explained.history) == (0, [0, 0])
    assert explained.events[0].settled


def test_a_home_whose_register_failed_last_is_not_called_clean(
    services: Services, sandbox: Sandbox, keyring: Keyring, clock: HandClock
) -> None:
    bought(sandbox)
    unknown = HOME | {"county": "cook", "parcel": PIN}  # of which the register holds nothing
    subscription = homeowner(services, HOME, unknown)
    services.hometitle.scan(subscription, "run-1")
    told = _reported(services, keyring, subscription, clock)
    assert isinstance(told, Properties)
    assert (told.watched, told.unchecked) == (2, 1)
    sandbox.fault("acris", "bad_key")
    services.hometitle.scan(subscription, "run-2")
    told = _reported(services, keyring, subscription, clock)
    assert isinstance(told, Properties)
    assert (told.watched, told.unchecked) == (2, 2)
    assert told.good_through is None


def test_what_was_there_before_the_watch_alarms_nobody_and_is_not_listed_whole(
    services: Services, sandbox: Sandbox, keyring: Keyring, clock: HandClock
) -> None:
    for year in range(1970, 1970 + 2 * SHOWN):
        sandbox.record(
            "acris",
            LOT,
            "mortgage",
            recorded_on=clock().date().replace(year=year),
            grantees=["OLD"],
        )
    subscription = homeowner(services)
    services.hometitle.scan(subscription, "run-1")
    told = _reported(services, keyring, subscription, clock)
    assert isinstance(told, Properties)
    assert told.alarming == 0
    assert len(told.events) == SHOWN


def test_without_homes_nothing_is_watched(
    services: Services, keyring: Keyring, clock: HandClock
) -> None:
    subscription = subscribe(services.subscriptions, "ada@example.com")
    assert _reported(services, keyring, subscription, clock) is Absence.NOTHING_WATCHED
