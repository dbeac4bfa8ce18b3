"""Dead letters: which are listed, what settles them, and starting them anew."""

import pytest

from kordant_pipelines.domain.calendar.cadences import Cadence
from kordant_pipelines.domain.calendar.owed import Failure, Reason, State
from kordant_pipelines.domain.calendar.retries import Ending
from kordant_pipelines.domain.errors import RefusedInput
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.services.calendar.dead_letters import DeadLetter
from kordant_pipelines_tests.at_once import at_once
from kordant_pipelines_tests.services.calendar.desk import Desk, by_hand
from kordant_pipelines_tests.services.calendar.waiting import Waiting

DARKWATCH, HOMETITLE = Job.DARKWATCH, Job.HOMETITLE


def dead(desk: Desk, *ids: str, tier: Tier = Tier.PREMIUM) -> list[int]:
    """Subscriptions whose DarkWatch baseline failed for good, one after the other."""
    desk.sell(*ids, tier=tier)
    letters: list[int] = []
    for id_ in ids:
        desk.calendar.periods.follow([id_])
        letters.append(desk.die(desk.take_one()))
    return letters


def listed(desk: Desk) -> list[int]:
    return [letter.id for letter in desk.calendar.dead_letters.list()]


def test_a_dead_letter_tells_what_died_when_and_of_what(desk: Desk) -> None:
    [permanent] = dead(desk, "sub_1")
    row = desk.row("sub_1")
    assert row.run_id is not None
    assert row.ended_at is not None
    assert desk.calendar.dead_letters.list() == [
        DeadLetter(
            id=permanent,
            job=DARKWATCH,
            subscription_id="sub_1",
            tier=Tier.PREMIUM,
            slot="2026-11-24",
            failure=Failure.PERMANENT,
            attempts=1,
            run_id=row.run_id,
            failed_at=row.ended_at,
        )
    ]


def test_one_that_tried_four_times_is_listed_once(desk: Desk) -> None:
    desk.sell("sub_1")
    desk.calendar.periods.follow(["sub_1"])
    for delay in (60, 300, 900):
        desk.end(desk.take_one(), Ending.FAILURE)
        assert listed(desk) == []
        desk.clock.advance(seconds=delay)
    desk.end(desk.take_one(), Ending.FAILURE)
    [letter] = desk.calendar.dead_letters.list()
    assert (letter.failure, letter.attempts) == (Failure.EXHAUSTED, 4)


def test_the_oldest_come_first_of_one_job_if_asked_and_no_more_than_asked(desk: Desk) -> None:
    letters = dead(desk, "sub_3", "sub_1", "sub_2")
    hometitle = [desk.die(owed) for owed in desk.take(HOMETITLE)]
    assert listed(desk) == letters + hometitle
    of_job = desk.calendar.dead_letters.list(job=DARKWATCH, limit=2)
    assert [letter.id for letter in of_job] == letters[:2]
    assert [one.id for one in desk.calendar.dead_letters.list(job=HOMETITLE)] == hometitle


def test_a_later_success_of_its_job_and_subscription_settles_one(desk: Desk) -> None:
    letters = dead(desk, "sub_1", "sub_2")
    desk.end(next(o for o in desk.take(HOMETITLE) if o.subscription_id == "sub_1"))
    assert listed(desk) == letters
    desk.clock.advance(days=1)
    desk.calendar.periods.open(DARKWATCH, Tier.PREMIUM)
    desk.clock.advance(hours=11, minutes=59)
    for owed in desk.take():
        desk.end(owed, Ending.SUCCESS if owed.subscription_id == "sub_1" else Ending.CANCELED)
    assert listed(desk) == [letters[1]]


def test_a_later_success_by_hand_settles_one(desk: Desk) -> None:
    dead(desk, "sub_1")
    desk.calendar.outcomes.settle([by_hand("sub_1", Ending.SUCCESS, desk.clock())])
    assert listed(desk) == []


def test_an_earlier_success_hides_none(desk: Desk) -> None:
    """In the morning a breach's scan succeeds; in the evening the day's own fails for good."""
    desk.clock.advance(hours=-12)
    desk.sell("sub_1")
    desk.calendar.periods.open(DARKWATCH, Tier.PREMIUM)
    desk.calendar.events.owe_breach(7)
    desk.end(desk.take_one())
    desk.clock.advance(hours=23, minutes=59)
    died = desk.die(desk.take_one())
    assert listed(desk) == [died]
    assert desk.calendar.dead_letters.replay([died]) == 1


def test_an_earlier_success_by_hand_hides_none(desk: Desk) -> None:
    desk.sell("sub_1")
    desk.calendar.periods.follow(["sub_1"])
    desk.calendar.outcomes.settle([by_hand("sub_1", Ending.SUCCESS, desk.clock())])
    desk.clock.advance(minutes=5)
    died = desk.die(desk.take_one())
    assert listed(desk) == [died]


def test_a_later_success_that_was_owed_earlier_settles_one(desk: Desk) -> None:
    """A breach's scan dies in the morning; the day's own, owed since midnight, succeeds."""
    desk.clock.advance(hours=-12)
    desk.sell("sub_1")
    desk.calendar.periods.open(DARKWATCH, Tier.PREMIUM)
    desk.calendar.events.owe_breach(7)
    died = desk.die(desk.take_one())
    assert listed(desk) == [died]
    desk.clock.advance(hours=23, minutes=59)
    desk.end(desk.take_one())
    assert listed(desk) == []


def test_of_an_inactive_subscription_none_is_listed_until_it_is_resumed(desk: Desk) -> None:
    letters = dead(desk, "sub_1")
    desk.subscriptions.pause("sub_1")
    assert listed(desk) == []
    with pytest.raises(RefusedInput):
        desk.calendar.dead_letters.replay(letters)
    desk.subscriptions.resume("sub_1")
    assert listed(desk) == letters
    desk.subscriptions.cancel("sub_1")
    assert listed(desk) == []


def test_a_replay_is_owed_now_with_its_lineage_and_all_its_retries(desk: Desk) -> None:
    [letter] = dead(desk, "sub_1")
    died = desk.row("sub_1")
    assert desk.calendar.dead_letters.replay([letter]) == 1
    assert listed(desk) == []
    replay = desk.take_one()
    assert (replay.reason, replay.slot) == (Reason.REPLAY, f"replay/{letter}")
    assert (replay.attempt, replay.priority, replay.cadence) == (0, 10, None)
    assert (replay.root_run_id, replay.parent_run_id) == (died.root_run_id, died.run_id)
    for delay in (60, 300, 900):
        [settled] = desk.end(replay, Ending.FAILURE)
        assert settled.state is State.RETRIED
        desk.clock.advance(seconds=delay)
        replay = desk.take_one()
        assert replay.reason is Reason.REPLAY
    desk.end(replay, Ending.FAILURE)
    assert listed(desk) == [replay.id]
    assert desk.calendar.dead_letters.replay([replay.id]) == 1
    desk.end(desk.take_one())
    assert listed(desk) == []


def test_replaying_again_or_at_once_owes_one_run(desk: Desk) -> None:
    [letter] = dead(desk, "sub_1")

    def replay(_: int) -> int:
        try:
            return desk.calendar.dead_letters.replay([letter, letter])
        except RefusedInput:
            return 0

    assert sum(at_once(replay, 8)) >= 1
    with pytest.raises(RefusedInput, match=f"^{letter}: no open dead letter"):
        desk.calendar.dead_letters.replay([letter])
    assert [row.reason for row in desk.rows("sub_1")] == [Reason.BASELINE, Reason.REPLAY]


def test_an_unknown_id_refuses_all(desk: Desk) -> None:
    letters = dead(desk, "sub_1", "sub_2")
    desk.sell("alive")
    desk.calendar.periods.follow(["alive"])
    alive = desk.row("alive").id
    nobody = alive + 999
    with pytest.raises(RefusedInput, match=f"^{alive}, {nobody}: no open dead letter") as refused:
        desk.calendar.dead_letters.replay([*letters, nobody, alive])
    assert "nothing was replayed" in str(refused.value)
    assert listed(desk) == letters
    assert all(row.reason is Reason.BASELINE for row in desk.rows())
    assert desk.calendar.dead_letters.replay([]) == 0


def test_a_replay_that_a_pause_dropped_is_not_lost(desk: Desk) -> None:
    """Nobody has run it: it is owed again, or its letter is open and can be replayed again."""
    [letter] = dead(desk, "sub_1", tier=Tier.BASIC)
    desk.calendar.dead_letters.replay([letter])
    for step in (desk.subscriptions.pause, desk.subscriptions.resume):
        step("sub_1")
        desk.calendar.periods.follow(["sub_1"])
    if listed(desk) == [letter]:
        desk.calendar.dead_letters.replay([letter])
    assert desk.take_one().reason is Reason.REPLAY


def test_a_replay_runs_whatever_cadence_its_job_has_by_then(desk: Desk) -> None:
    [letter] = dead(desk, "sub_1")
    desk.calendar.schedules.set(DARKWATCH, Tier.PREMIUM, cadence=Cadence.WEEKLY)
    assert desk.calendar.dead_letters.replay([letter]) == 1
    desk.calendar.schedules.pause(DARKWATCH, Tier.PREMIUM)
    assert desk.take_one().reason is Reason.REPLAY


def test_a_replay_of_pending_work_keeps_new_work_waiting(desk: Desk) -> None:
    desk.sell("sub_1")
    work = Waiting("sub_1")
    desk.calendar.events.owe_pending(Job.REMOVALS, work, after="", limit=9)
    letter = desk.die(desk.take_one(Job.REMOVALS))
    desk.calendar.dead_letters.replay([letter])
    assert desk.calendar.events.owe_pending(Job.REMOVALS, work, after="", limit=9) == (0, "")
    desk.end(desk.take_one(Job.REMOVALS))
    assert desk.calendar.events.owe_pending(Job.REMOVALS, work, after="", limit=9) == (1, "")
    assert listed(desk) == []
