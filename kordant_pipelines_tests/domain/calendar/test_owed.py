"""How urgent a run is, and whether it is still owed once it has come due."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest

from kordant_pipelines.domain.calendar.cadences import Cadence
from kordant_pipelines.domain.calendar.owed import (
    PRIORITIES,
    URGENT,
    Owed,
    Reason,
    Standing,
    State,
    priority_of,
    verdict,
)
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import SubscriptionStatus, Tier

ACTIVE, PAUSED, CANCELLED = SubscriptionStatus
DAILY, WEEKLY = Cadence.DAILY, Cadence.WEEKLY
SCHEDULED = Owed(
    id=7,
    job=Job.DARKWATCH,
    subscription_id="sub_1",
    slot="2026-11-24",
    cadence=DAILY,
    reason=Reason.SCHEDULED,
    tier=Tier.PREMIUM,
    attempt=0,
    priority=-10,
    due_at=datetime(2026, 11, 24, 12, tzinfo=UTC),
)
RETRY = replace(SCHEDULED, attempt=1)
EVENT = replace(SCHEDULED, slot="breach/7", cadence=None, reason=Reason.REAL_TIME, priority=30)
EVENT_RETRY = replace(EVENT, attempt=1)


def test_the_order_of_urgency() -> None:
    """Danger, then words to a customer, then whoever waits at a screen, then the tiers' own."""
    order = [
        priority_of(Job.DARKWATCH, Reason.REAL_TIME, Tier.PREMIUM),
        priority_of(Job.NOTIFICATIONS, Reason.PENDING_WORK, Tier.BASIC),
        priority_of(Job.DARKWATCH, Reason.BASELINE, Tier.BASIC),
        0,  # launched by hand, without a priority
        priority_of(Job.DARKWATCH, Reason.SCHEDULED, Tier.PREMIUM),
        priority_of(Job.DARKWATCH, Reason.SCHEDULED, Tier.PLUS),
        priority_of(Job.DARKWATCH, Reason.SCHEDULED, Tier.BASIC),
    ]
    assert order == [30, 20, 10, 0, -10, -20, -30]


@pytest.mark.parametrize(("job", "tier"), [*product(Job, Tier)])
def test_what_priority_a_reason_gives(job: Job, tier: Tier) -> None:
    of_tier = {Tier.PREMIUM: -10, Tier.PLUS: -20, Tier.BASIC: -30}[tier]
    speaks = job is Job.NOTIFICATIONS
    for reason in Reason:
        waited_for = reason in {
            Reason.BASELINE,
            Reason.PLAN_CHANGED,
            Reason.REPLAY,
            Reason.BY_HAND,
        }
        ordinary = 20 if speaks else 10 if waited_for else of_tier
        expected = 30 if reason is Reason.REAL_TIME else ordinary
        assert priority_of(job, reason, tier) == expected


def test_priorities_are_all_there_are_highest_first() -> None:
    assert PRIORITIES == (30, 20, 10, -10, -20, -30)
    assert [priority for priority in PRIORITIES if priority >= URGENT] == [30, 20, 10]


def test_an_owed_run_that_was_dropped_and_owed_anew_has_another_key() -> None:
    assert SCHEDULED.key == "7.0"
    assert replace(SCHEDULED, revision=2).key == "7.2"


@pytest.mark.parametrize(
    ("owed", "standing", "expected"),
    [
        # as it was owed
        (SCHEDULED, Standing(ACTIVE, DAILY), State.DISPATCHED),
        (RETRY, Standing(ACTIVE, DAILY), State.DISPATCHED),
        (EVENT, Standing(ACTIVE, DAILY), State.DISPATCHED),
        # nothing may run
        *((owed, None, State.DROPPED) for owed in (SCHEDULED, RETRY, EVENT)),
        *((owed, Standing(PAUSED, DAILY), State.DROPPED) for owed in (SCHEDULED, RETRY, EVENT)),
        *((owed, Standing(CANCELLED, DAILY), State.DROPPED) for owed in (SCHEDULED, RETRY, EVENT)),
        # the tier does not have the job, or it rests: what periods owe is dropped, events are not
        (SCHEDULED, Standing(ACTIVE, None), State.DROPPED),
        (RETRY, Standing(ACTIVE, None), State.DROPPED),
        (EVENT, Standing(ACTIVE, None), State.DISPATCHED),
        (EVENT_RETRY, Standing(ACTIVE, None), State.DISPATCHED),
        # another cadence: a failed run's retries go on
        (SCHEDULED, Standing(ACTIVE, WEEKLY), State.SUPERSEDED),
        (RETRY, Standing(ACTIVE, WEEKLY), State.DISPATCHED),
        (EVENT, Standing(ACTIVE, WEEKLY), State.DISPATCHED),
        # a later period's run has come due too
        (SCHEDULED, Standing(ACTIVE, DAILY, newer_due=True), State.SUPERSEDED),
        (RETRY, Standing(ACTIVE, DAILY, newer_due=True), State.DISPATCHED),
        (EVENT, Standing(ACTIVE, DAILY, newer_due=True), State.DISPATCHED),
        # being inactive goes before all else
        (SCHEDULED, Standing(PAUSED, WEEKLY, newer_due=True), State.DROPPED),
    ],
)
def test_what_to_do_with_a_run_that_has_come_due(
    owed: Owed, standing: Standing | None, expected: State
) -> None:
    assert verdict(owed, standing) is expected
