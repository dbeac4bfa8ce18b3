"""What customers are told: a profile that came back, and what only they can do, each once."""

import pytest
from sqlalchemy import text

from kordant_pipelines.domain.alerts import AlertKind
from kordant_pipelines.domain.removals.states import State
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.services.alerts import Alert
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.overview import overview
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.services.removals.enrolling import state


def _of(services: Services, subscription: str, kind: AlertKind) -> list[Alert]:
    return [alert for alert in services.alerts.of(subscription) if alert.kind is kind]


def test_what_waits_for_the_customer_is_told_together_and_once(
    services: Services, clock: HandClock, ada: str
) -> None:
    services.remove_brokers.process(ada, "run-1")
    [told] = _of(services, ada, AlertKind.REMOVAL_TASKS)
    assert told.severity is Severity.MEDIUM
    assert told.text.title == "2 data brokers wait for you"
    assert "Captcha Check: only you can ask it" in told.text.what
    assert "Guided Pages: only you can ask it" in told.text.what
    assert told.text.when == "Asked on 2026-11-24."
    assert told.text.action.startswith("Start with Captcha Check: http")
    services.remove_brokers.process(ada, "run-2")
    assert len(_of(services, ada, AlertKind.REMOVAL_TASKS)) == 1
    # What is still undone is told again after two weeks, some times.
    for day in range(80):
        clock.advance(days=1)
        services.remove_brokers.process(ada, f"run-{day + 3}")
    waiting = [
        a for a in _of(services, ada, AlertKind.REMOVAL_TASKS) if "Guided Pages" in a.text.what
    ]
    assert [
        a.raised_at.date().toordinal() - told.raised_at.date().toordinal() for a in waiting
    ] == [
        *(0, 14, 28, 42),
    ]


def test_a_profile_that_came_back_is_told_once(
    services: Services, sandbox: Sandbox, clock: HandClock, ada: str
) -> None:
    services.remove_brokers.process(ada, "run-1")
    clock.advance(days=4)
    services.remove_brokers.process(ada, "run-2")
    assert state(services, ada, "swift") is State.REMOVED
    assert _of(services, ada, AlertKind.REMOVAL_RELISTED) == []
    sandbox.relist("swift", "demo-0001")
    clock.advance(days=2, hours=1)
    services.remove_brokers.process(ada, "run-3")
    [told] = _of(services, ada, AlertKind.REMOVAL_RELISTED)
    assert told.text.title == "Swift Lookup lists you again"
    assert told.text.when == "We saw it on 2026-11-30."
    assert told.text.action == "You need do nothing: its removal is asked for again."
    services.remove_brokers.process(ada, "run-4")
    assert len(_of(services, ada, AlertKind.REMOVAL_RELISTED)) == 1
    with services.database.connection() as connection:
        owed = text("SELECT count(*) FROM notifications WHERE alert_id = :alert")
        assert connection.execute(owed, {"alert": told.id}).scalar_one() == 1


def test_a_run_killed_before_it_told_leaves_the_telling_to_the_next(
    services: Services, sandbox: Sandbox, clock: HandClock, ada: str
) -> None:
    services.remove_brokers.process(ada, "run-1")
    clock.advance(days=4)
    services.remove_brokers.process(ada, "run-2")
    sandbox.relist("swift", "demo-0001")
    clock.advance(days=2, hours=1)
    # The last step of a run, where it tells and says what it covered, breaks.
    with services.database.connection() as connection:
        connection.execute(text("ALTER TABLE scans RENAME TO scans_away"))
    with pytest.raises(Exception, match="scans"):
        services.remove_brokers.process(ada, "run-3")
    with services.database.connection() as connection:
        connection.execute(text("ALTER TABLE scans_away RENAME TO scans"))
    assert state(services, ada, "swift") is State.SUBMITTED
    assert _of(services, ada, AlertKind.REMOVAL_RELISTED) == []
    services.remove_brokers.process(ada, "run-4")
    assert len(_of(services, ada, AlertKind.REMOVAL_RELISTED)) == 1


def test_a_broker_that_wants_a_card_is_told_when_its_mail_is_read(
    services: Services, clock: HandClock, ada: str
) -> None:
    services.remove_brokers.process(ada, "run-1")
    clock.advance(days=3, minutes=30)
    services.removal_inbox.read("inbox-1")
    assert state(services, ada, "prying") is State.NEEDS_USER_ACTION
    told = _of(services, ada, AlertKind.REMOVAL_TASKS)[-1]
    assert told.run_id == "inbox-1"
    assert told.text.what == "Prying Registry: only you can ask it to remove your profile."


def test_removals_count_in_no_overview_of_darkwatch(services: Services, ada: str) -> None:
    before = overview(services.database)
    services.remove_brokers.process(ada, "run-1")
    assert services.alerts.of(ada)
    assert overview(services.database) == before
