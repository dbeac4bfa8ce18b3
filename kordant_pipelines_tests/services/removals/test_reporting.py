"""What a report tells of removals, at the moments it asks for."""

from datetime import date, timedelta

from kordant_pipelines.domain.reports.sections import Absence, Brokers, BrokerStage
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.removals.reporting import gather_removals
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.services.looking import subscribe
from kordant_pipelines_tests.services.removals.simulating import Simulation


def test_listings_are_told_as_they_stood(
    services: Services, sandbox: Sandbox, clock: HandClock, ada: str
) -> None:
    began = clock()
    Simulation(services, sandbox, clock).pass_days(30, customers_act=True)
    moments = [began + timedelta(days=day) for day in (0, 1, 10, 30)]
    with services.database.transaction() as session:
        told = gather_removals(session, ada, moments)
    assert isinstance(told, Brokers)
    stages = {one.broker: one.stage for one in told.listings}
    assert stages["Swift Lookup"] is BrokerStage.REMOVED
    assert stages["Refusing People"] is BrokerStage.REFUSED
    assert stages["Extending Archive"] is BrokerStage.ACKNOWLEDGED
    assert stages["Bouncing Mail"] is BrokerStage.FOUND
    # Nobody looked at one, one lists nobody: those are no listings. What only the customer saw
    # gone is not removed.
    assert not stages.keys() & {"Walled Search", "Empty Directory"}
    assert stages["Guided Pages"] is BrokerStage.ACKNOWLEDGED
    late = {one.broker for one in told.listings if one.overdue(date(2026, 12, 24))}
    assert late == {"Silent Index", "Mumbling Desk", "Captcha Check"}
    # At the start nothing was known; before the first look for it nothing was removed.
    assert told.history[0] == 0
    assert told.history[1] > told.history[2] >= told.history[3] > 0


def test_where_nothing_was_authorised_nothing_is_watched(
    services: Services, clock: HandClock
) -> None:
    subscription = subscribe(services.subscriptions, "a@example.com")
    with services.database.transaction() as session:
        told = gather_removals(session, subscription, [clock()])
    assert told is Absence.NOTHING_WATCHED
