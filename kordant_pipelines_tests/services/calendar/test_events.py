"""Runs that events owe: pending work, and breaches as they become known."""

import pytest

from kordant_pipelines.domain.calendar.owed import Reason, State
from kordant_pipelines.domain.calendar.retries import Ending
from kordant_pipelines.domain.identifiers import IdentifierKind
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines_tests.at_once import at_once
from kordant_pipelines_tests.calendar_laws.crowd import crowd
from kordant_pipelines_tests.services.calendar.desk import LONG_AGO, Desk
from kordant_pipelines_tests.services.calendar.waiting import Waiting

NOTIFICATIONS, REMOVALS, VOICEPRINT = Job.NOTIFICATIONS, Job.REMOVALS, Job.VOICEPRINT


def owe(desk: Desk, work: Waiting, job: Job = REMOVALS) -> int:
    """One whole round of the work that waits."""
    return desk.calendar.events.owe_pending(job, work, after="", limit=100)[0]


def test_pending_work_of_any_tier_is_owed_a_run_now(desk: Desk) -> None:
    for tier in Tier:
        desk.sell(f"{tier}", f"idle_{tier}", tier=tier)
    assert owe(desk, Waiting(*Tier)) == 3
    taken = {owed.subscription_id: owed for owed in desk.take(REMOVALS)}
    assert set(taken) == set(Tier)
    for tier in Tier:
        owed = taken[tier]
        assert (owed.reason, owed.tier, owed.cadence) == (Reason.PENDING_WORK, tier, None)


def test_work_waits_in_one_open_run_of_a_subscription_and_job(desk: Desk) -> None:
    desk.sell("sub_1")
    work = Waiting("sub_1")
    assert [owe(desk, work) for _ in range(3)] == [1, 0, 0]
    owed = desk.take_one(REMOVALS)
    assert owe(desk, work) == 0
    assert owe(desk, work, VOICEPRINT) == 1
    desk.end(owed)
    assert owe(desk, work) == 1
    assert [row.state for row in desk.rows("sub_1", REMOVALS)] == [State.SUCCEEDED, State.OWED]


def test_work_seen_from_eight_threads_waits_in_one_run_each(desk: Desk) -> None:
    ids = desk.sell(*(f"sub_{n:02}" for n in range(40)))
    owed = at_once(lambda _: owe(desk, Waiting(*ids)), 16)
    assert sum(owed) == len(desk.rows(job=REMOVALS)) == 40


def test_work_whose_run_failed_waits_for_the_retry(desk: Desk) -> None:
    desk.sell("sub_1")
    work = Waiting("sub_1")
    owe(desk, work)
    for delay in (60, 300, 900):
        desk.end(desk.take_one(REMOVALS), Ending.FAILURE)
        assert owe(desk, work) == 0
        desk.clock.advance(seconds=delay)
    last = desk.take_one(REMOVALS)
    assert (last.attempt, last.reason) == (3, Reason.PENDING_WORK)
    assert owe(desk, work) == 0
    desk.end(last, Ending.FAILURE)
    assert [letter.attempts for letter in desk.calendar.dead_letters.list(job=REMOVALS)] == [4]
    assert owe(desk, work) == 1


def test_ends_and_new_work_at_once_leave_one_open_run_each(desk: Desk) -> None:
    """A failed run hands its place to its retry while the next round is looking."""
    ids = desk.sell(*(f"sub_{n:02}" for n in range(24)))
    work = Waiting(*ids)
    owe(desk, work)
    taken = desk.take(REMOVALS)

    def act(number: int) -> None:
        if number % 2:
            owe(desk, work)
        else:
            desk.end(taken[number // 2], Ending.FAILURE)

    at_once(act, 48)
    open_rows = [row for row in desk.rows(job=REMOVALS) if row.state is State.OWED]
    assert sorted(row.subscription_id for row in open_rows) == ids
    assert {row.attempt for row in open_rows} == {1}


def test_work_of_the_paused_is_owed_nothing_until_they_are_resumed(desk: Desk) -> None:
    desk.sell("sub_1")
    work = Waiting("sub_1")
    owe(desk, work)
    desk.subscriptions.pause("sub_1")
    desk.calendar.periods.follow(["sub_1"])
    assert owe(desk, work) == 0
    desk.subscriptions.resume("sub_1")
    desk.calendar.periods.follow(["sub_1"])
    assert owe(desk, work) == 1
    assert [row.state for row in desk.rows("sub_1", REMOVALS)] == [State.DROPPED, State.OWED]


def test_pages_follow_one_another_and_begin_again(desk: Desk) -> None:
    ids = desk.sell(*(f"sub_{n}" for n in range(5)))
    work, after, rounds = Waiting(*ids), "", list[tuple[int, str]]()
    for _ in range(4):
        owed, after = desk.calendar.events.owe_pending(REMOVALS, work, after=after, limit=2)
        rounds.append((owed, after))
    assert rounds == [(2, "sub_1"), (2, "sub_3"), (1, ""), (0, "sub_1")]
    assert work.asked == [("", 2), ("sub_1", 2), ("sub_3", 2), ("", 2)]
    assert [row.subscription_id for row in desk.rows(job=REMOVALS)] == ids


def test_without_work_nothing_is_owed(desk: Desk) -> None:
    desk.sell("sub_1")
    assert desk.calendar.events.owe_pending(REMOVALS, Waiting(), after="", limit=2) == (0, "")
    assert desk.calendar.events.owe_pending(REMOVALS, Waiting("erased"), after="", limit=2) == (
        0,
        "",
    )


@pytest.mark.parametrize("inactive", ["pause", "cancel"])
def test_a_breach_owes_active_premium_subscriptions_a_scan(desk: Desk, inactive: str) -> None:
    for tier in Tier:
        desk.sell(f"{tier}", tier=tier)
    desk.sell("inactive")
    {"pause": desk.subscriptions.pause, "cancel": desk.subscriptions.cancel}[inactive]("inactive")
    assert desk.calendar.events.owe_breach(7) == 1
    owed = desk.take_one()
    assert (owed.subscription_id, owed.slot) == ("premium", "breach/7")
    assert (owed.reason, owed.priority, owed.cadence) == (Reason.REAL_TIME, 30, None)


def test_a_version_of_the_catalogue_owes_once(desk: Desk) -> None:
    ids = desk.sell(*(f"sub_{n:02}" for n in range(30)))
    assert sum(at_once(lambda _: desk.calendar.events.owe_breach(7), 8)) == 30
    for owed in desk.take():
        desk.end(owed)
    assert desk.calendar.events.owe_breach(7) == 0
    assert desk.calendar.events.owe_breach(8) == 30
    assert len(desk.rows()) == 2 * len(ids)


def test_who_was_looked_up_under_this_version_or_has_no_address_is_owed_none(desk: Desk) -> None:
    desk.sell("older", "same", "newer", "never")
    crowd(desk.database, {"names_only": Tier.PREMIUM}, LONG_AGO)
    desk.watch("names_only", kind=IdentifierKind.USERNAME)
    for id_, version in (("older", 6), ("same", 7), ("newer", 8)):
        desk.looked_up(id_, version)
    assert desk.calendar.events.owe_breach(7) == 2
    assert {owed.subscription_id for owed in desk.take()} == {"older", "never"}


def test_who_has_a_scan_due_has_it_hurried_and_is_owed_no_other_until_it_ended(desk: Desk) -> None:
    desk.sell("sub_1")
    desk.calendar.periods.follow(["sub_1"])
    assert desk.calendar.events.owe_breach(7) == 1
    assert desk.row("sub_1").priority == 30
    assert desk.calendar.events.owe_breach(7) == 0
    owed = desk.take_one()
    assert desk.calendar.events.owe_breach(7) == 0
    desk.end(owed)
    assert desk.calendar.events.owe_breach(7) == 1


def test_a_breach_leaves_the_days_own_run_owed(desk: Desk) -> None:
    desk.clock.advance(hours=-12)
    desk.sell("sub_1")
    desk.calendar.periods.open(Job.DARKWATCH, Tier.PREMIUM)
    assert desk.calendar.events.owe_breach(7) == 1
    desk.clock.advance(hours=23, minutes=59)
    assert [owed.slot for owed in desk.take()] == ["breach/7", "2026-11-24"]
