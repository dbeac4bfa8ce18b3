"""`kordant jobs dead-letters` and `replay`: what failed for good is seen, and run anew."""

import pytest

from kordant_pipelines.domain.calendar.owed import Reason, State
from kordant_pipelines.domain.calendar.retries import Ending
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.storage.models.base import new_id
from kordant_pipelines_tests.cli.shell import Shell, line_of
from kordant_pipelines_tests.services.calendar.desk import Desk

SCAN, TITLE = Job.DARKWATCH, Job.HOMETITLE


def _dead(desk: Desk, job: Job = SCAN) -> tuple[str, int]:
    """A new subscription, and its run of a job that failed for good."""
    [id_] = desk.sell(new_id("sub")())
    desk.calendar.periods.follow([id_])
    [letter] = [desk.die(owed) for owed in desk.take(job) if owed.subscription_id == id_]
    return id_, letter


def test_a_dead_letter_is_shown_with_what_is_needed_to_look_into_it(
    shell: Shell, desk: Desk
) -> None:
    id_, letter = _dead(desk)
    row = desk.row(id_)
    assert row.run_id is not None
    assert row.ended_at is not None
    failed_at = f"{row.ended_at:%m-%d %H:%M}"
    said = shell.says("jobs", "dead-letters")
    assert line_of(said, id_) == f"{letter} {failed_at} darkwatch {id_} permanent {row.run_id[:8]}"
    [record] = shell.records("jobs", "dead-letters")
    assert record == {
        "id": letter,
        "job": SCAN,
        "subscription": id_,
        "tier": "premium",
        "slot": row.slot,
        "failure": "permanent",
        "attempts": 1,
        "run_id": row.run_id,
        "failed_at": row.ended_at.isoformat(),
    }


def test_one_whose_retries_are_used_up_is_exhausted(shell: Shell, desk: Desk) -> None:
    [id_] = desk.sell(new_id("sub")())
    desk.calendar.periods.follow([id_])
    for minutes in (1, 5, 15, 0):
        assert shell.records("jobs", "dead-letters") == []
        desk.end(desk.take_one(), Ending.FAILURE)
        desk.clock.advance(minutes=minutes)
    assert " exhausted " in line_of(shell.says("jobs", "dead-letters"), id_)
    [record] = shell.records("jobs", "dead-letters")
    assert record["attempts"] == 4


def test_they_are_listed_by_job_and_a_limit_says_so(shell: Shell, desk: Desk) -> None:
    scan, title = _dead(desk, SCAN), _dead(desk, TITLE)
    listed = [record["id"] for record in shell.records("jobs", "dead-letters", "--job", TITLE)]
    assert listed == [title[1]]
    oldest = shell.says("jobs", "dead-letters", "--limit", "1")
    assert line_of(oldest, scan[0]).startswith(f"{scan[1]} ")
    assert title[0] not in oldest
    assert "there may be more" in oldest
    assert "there may be more" not in shell.says("jobs", "dead-letters")


def test_those_named_are_replayed_and_others_are_not(shell: Shell, desk: Desk) -> None:
    (one, first), (two, second), (_, third) = _dead(desk), _dead(desk, TITLE), _dead(desk)
    told = shell.says("jobs", "replay", str(first), str(second))
    assert "2 owed anew" in told
    assert "within some seconds" in told
    for id_, job in ((one, SCAN), (two, TITLE)):
        replay = desk.rows(id_, job)[-1]
        assert (replay.state, replay.reason, replay.attempt) == (State.OWED, Reason.REPLAY, 0)
    assert [record["id"] for record in shell.records("jobs", "dead-letters")] == [third]


def test_all_are_replayed_once(shell: Shell, desk: Desk) -> None:
    for _ in range(3):
        _dead(desk)
    assert "3 owed anew" in shell.says("jobs", "replay", "--all")
    assert "There is no dead letter to replay." in shell.says("jobs", "replay", "--all")
    assert "There is no dead letter." in shell.says("jobs", "dead-letters")
    assert shell.records("jobs", "dead-letters") == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "Name the dead letters to replay, or say --all"),
        (["1", "--all"], "one of the two"),
        (["x"], "valid integer"),
    ],
)
def test_wrong_words_are_refused(shell: Shell, words: list[str], told: str) -> None:
    assert told in shell.refuses("jobs", "replay", *words)


def test_one_unknown_id_among_others_replays_none(shell: Shell, desk: Desk) -> None:
    _, letter = _dead(desk)
    said = shell.refuses("jobs", "replay", str(letter), "99999")
    assert "99999: no open dead letter has this id; nothing was replayed" in said
    assert [record["id"] for record in shell.records("jobs", "dead-letters")] == [letter]


def test_an_unknown_job_is_answered_with_those_there_are(shell: Shell) -> None:
    said = shell.refuses("jobs", "dead-letters", "--job", "darkwatch")
    assert all(job.value in said for job in Job)
