"""A month of simulated time: every way a broker may behave is met, and shows in the right state."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from kordant_pipelines.domain.removals.states import State
from kordant_pipelines.domain.removals.troubles import Part
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.services.container import Services
from kordant_pipelines.storage.models import RemovalRequestRow, RemovalTransitionRow
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.services.removals.enrolling import enrol, history, state
from kordant_pipelines_tests.services.removals.simulating import Simulation

# The clock starts on Tuesday 24 November 2026; the 26th is Thanksgiving.
TEN_BUSINESS_DAYS_OVER = datetime(2026, 12, 10, 12, tzinfo=UTC)
FIFTEEN_BUSINESS_DAYS_OVER = datetime(2026, 12, 17, 12, tzinfo=UTC)
ONE_MONTH_OVER = datetime(2026, 12, 25, 12, tzinfo=UTC)

PENDING, SUBMITTING, SUBMITTED = "pending", "submitting", "submitted"
NOT_SENT = [(PENDING, "claimed", SUBMITTING), (SUBMITTING, "not_sent", PENDING)]
BEGUN = [(PENDING, "claimed", SUBMITTING), (SUBMITTING, "accepted", SUBMITTED)]


def _reached(services: Services, subscription: str, broker: str) -> list[tuple[str, str, str]]:
    told = history(services, subscription, broker)
    steps = [(before.value, event, after.value) for before, event, after in told]
    shown = steps[:2]
    for step in steps[2:]:
        # A broker in trouble is tried again and again, which shows once.
        if not (shown[-2:] == NOT_SENT and step in NOT_SENT):
            shown.append(step)
    return shown


def _at(services: Services, subscription: str, broker: str, to: State) -> datetime:
    with services.database.transaction() as session:
        return session.scalars(
            select(RemovalTransitionRow.at)
            .join(RemovalRequestRow, RemovalRequestRow.id == RemovalTransitionRow.request_id)
            .where(
                RemovalRequestRow.subscription_id == subscription,
                RemovalRequestRow.broker_key == broker,
                RemovalTransitionRow.to_state == to,
            )
            .order_by(RemovalTransitionRow.id)
        ).all()[0]


def _within_a_tick(moment: datetime, due: datetime) -> bool:
    return 0 <= (moment - due).total_seconds() < 12 * 3600


EXPECTED: dict[str, Sequence[tuple[str, str, str]]] = {
    "swift": [*BEGUN, (SUBMITTED, "look_clear", "removed")],
    "confirming": [
        (PENDING, "claimed", SUBMITTING),
        (SUBMITTING, "mail_awaited", "awaiting_email_confirm"),
        ("awaiting_email_confirm", "confirmed", SUBMITTED),
        (SUBMITTED, "look_clear", "removed"),
    ],
    "slow": [
        *BEGUN,
        (SUBMITTED, "broker_acknowledged", "acknowledged"),
        ("acknowledged", "broker_completed", "verifying"),
        ("verifying", "look_clear", "removed"),
    ],
    "silent": [
        *BEGUN,
        (SUBMITTED, "clock_ran_out", "overdue"),
        ("overdue", "grace_ran_out", "escalated"),
    ],
    "refusing": [
        *BEGUN,
        (SUBMITTED, "broker_acknowledged", "acknowledged"),
        ("acknowledged", "broker_refused", "rejected"),
    ],
    "relisting": [
        *BEGUN,
        (SUBMITTED, "look_clear", "removed"),
        ("removed", "look_listed", "reappeared"),
        ("reappeared", "reopened", PENDING),
        *BEGUN,
        (SUBMITTED, "look_clear", "removed"),
    ],
    "lying": [
        *BEGUN,
        (SUBMITTED, "broker_acknowledged", "acknowledged"),
        ("acknowledged", "broker_completed", "verifying"),
    ],
    "captcha": [
        (PENDING, "claimed", SUBMITTING),
        (SUBMITTING, "customer_needed", "needs_user_action"),
        ("needs_user_action", "customer_filed", SUBMITTED),
        (SUBMITTED, "clock_ran_out", "overdue"),
    ],
    "parent": [*BEGUN, (SUBMITTED, "look_clear", "removed")],
    "child": [
        (PENDING, "parent_covers", "verifying"),
        ("verifying", "look_clear", "removed"),
    ],
    "stubborn": [
        (PENDING, "parent_covers", "verifying"),
        ("verifying", "parent_fell_short", PENDING),
        *BEGUN,
    ],
    "crowded": [*BEGUN, (SUBMITTED, "look_clear", "removed")],
    "empty": [(PENDING, "look_clear", "not_found")],
    "guided": [
        (PENDING, "customer_needed", "needs_user_action"),
        ("needs_user_action", "customer_filed", SUBMITTED),
        (SUBMITTED, "customer_saw_gone", "verifying"),
    ],
    "hidden": [
        *BEGUN,
        (SUBMITTED, "broker_acknowledged", "acknowledged"),
        ("acknowledged", "broker_completed", "verifying"),
    ],
    "extending": [
        *BEGUN,
        (SUBMITTED, "broker_acknowledged", "acknowledged"),
        ("acknowledged", "broker_extended", "acknowledged"),
    ],
    "walled": [],
    "redesigned": [
        *NOT_SENT,
        (PENDING, "customer_needed", "needs_user_action"),
        ("needs_user_action", "customer_filed", SUBMITTED),
    ],
    "bouncing": NOT_SENT,
    "mumbling": [
        *BEGUN,
        (SUBMITTED, "clock_ran_out", "overdue"),
        ("overdue", "grace_ran_out", "escalated"),
    ],
    "prying": [
        *BEGUN,
        (SUBMITTED, "broker_acknowledged", "acknowledged"),
        ("acknowledged", "customer_needed", "needs_user_action"),
        ("needs_user_action", "customer_filed", SUBMITTED),
    ],
}


def test_every_behaviour_is_met_and_ends_where_it_belongs(
    services: Services,
    sandbox: Sandbox,
    clock: HandClock,
    ada: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    simulation = Simulation(services, sandbox, clock)
    simulation.pass_days(30, customers_act=True)
    assert EXPECTED.keys() == {seed.key for seed in sandbox.world.brokers.seeds()}
    reached = {broker: _reached(services, ada, broker) for broker in EXPECTED}
    assert reached == EXPECTED

    for broker in ("silent", "mumbling"):
        assert _within_a_tick(_at(services, ada, broker, State.OVERDUE), TEN_BUSINESS_DAYS_OVER)
        escalated = _at(services, ada, broker, State.ESCALATED)
        assert _within_a_tick(escalated, FIFTEEN_BUSINESS_DAYS_OVER)
    # What stands between us and brokers is there once, not once a customer.
    found = {(t.broker, t.part, t.reason) for t in services.brokers.troubles()}
    assert found == {
        ("walled", Part.SEARCH, "forbidden"),
        ("redesigned", Part.FORM, "schema_drift"),
        ("bouncing", Part.LETTERS, "bad_request"),
    }
    with capsys.disabled():
        sys.stdout.write(f"\n{simulation.funnel()}\n")


def test_a_broker_that_said_it_was_done_is_late_once_its_time_is_over(
    services: Services, sandbox: Sandbox, clock: HandClock, ada: str
) -> None:
    Simulation(services, sandbox, clock).pass_days(54)
    late = _at(services, ada, "lying", State.OVERDUE)
    assert _within_a_tick(late, datetime(2027, 1, 9, 12, tzinfo=UTC))  # 45 days after 24 November
    assert state(services, ada, "lying") is State.ESCALATED


def test_under_the_gdpr_a_silent_broker_has_a_month(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    bruno = enrol(services, "demo-0002")
    simulation = Simulation(services, sandbox, clock)
    simulation.pass_days(35)
    assert state(services, bruno, "silent") is State.OVERDUE
    assert _within_a_tick(_at(services, bruno, "silent", State.OVERDUE), ONE_MONTH_OVER)
