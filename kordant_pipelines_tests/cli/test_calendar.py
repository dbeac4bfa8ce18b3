"""`kordant calendar`: every run is in its column, and what is foretold is marked as such."""

from datetime import timedelta

import pytest

from kordant_pipelines.domain.calendar.retries import Ending
from kordant_pipelines.domain.clock import utc_now
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models.base import new_id
from kordant_pipelines_tests.cli.shell import Shell, line_of
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.services.calendar.desk import Desk, by_hand
from kordant_pipelines_tests.services.calendar.waiting import Waiting

AT_ONCE = (Job.DARKWATCH, Job.HOMETITLE, Job.REMOVALS)
HEADINGS = "day job tier done running due to come failed aside"


def _ten_premium(desk: Desk) -> None:
    """Of their DarkWatch baselines 1 is done, 2 run, 3 are due and 4 died."""
    ids = desk.sell(*(f"sub_{n}" for n in range(10)))
    desk.calendar.periods.follow(ids)
    first, *others = desk.take(limit=7)
    desk.end(first)
    for owed in others[:4]:
        desk.die(owed)


def test_a_days_runs_are_counted_by_what_became_of_them(shell: Shell, desk: Desk) -> None:
    _ten_premium(desk)
    said = shell.says("calendar", "--days", "1")
    assert line_of(said, "day", "tier") == HEADINGS
    today, tomorrow = (f"{desk.clock() + timedelta(days=n):%m-%d}" for n in (0, 1))
    assert line_of(said, today, "darkwatch") == f"{today} darkwatch premium 1 2 3 4"
    assert line_of(said, tomorrow, "darkwatch") == f"{tomorrow} darkwatch premium 10"
    assert "to come: foretold" in said

    states = {
        record["state"]: record["runs"]
        for record in shell.records("calendar", "--days", "0")
        if record["job"] == "darkwatch_scan"
    }
    assert states == {"succeeded": 1, "dispatched": 2, "owed": 3, "dead": 4}


def test_what_was_put_aside_is_counted_apart(shell: Shell, desk: Desk) -> None:
    ids = desk.sell("sub_1", "sub_2")
    desk.calendar.periods.follow(ids)
    desk.end(desk.take(limit=1)[0], Ending.CANCELED)
    for id_ in ids:
        desk.subscriptions.pause(id_)
    desk.calendar.periods.follow(ids)
    today = f"{desk.clock():%m-%d}"
    said = shell.says("calendar", "--days", "0")
    assert line_of(said, today, "darkwatch") == f"{today} darkwatch premium 2"
    assert len(said.splitlines()[1].rstrip()) == len(
        next(line for line in said.splitlines() if today in line).rstrip()
    )  # it is in the last column, "aside"


def test_a_subscriptions_runs_are_told_in_order_of_time(shell: Shell, desk: Desk) -> None:
    [id_] = desk.sell(new_id("sub")())
    desk.calendar.periods.follow([id_])
    desk.end(desk.take_one(), Ending.FAILURE)
    desk.clock.advance(minutes=1)
    retry = desk.take_one()
    slot, due = retry.slot, f"{retry.due_at:%m-%d %H:%M}"
    said = shell.says("calendar", "--subscription", id_)
    assert f"darkwatch {slot} baseline failed run-" in line_of(said, "darkwatch", "failed")
    assert line_of(said, "running,") == f"{due} darkwatch {slot} baseline running, retry 1"
    assert line_of(said, "hometitle", "due").endswith("baseline due")
    foretold = [line.split() for line in said.splitlines() if " to come " in line]
    assert {"darkwatch", "hometitle"} <= {words[2] for words in foretold}

    records = shell.records("calendar", "--subscription", id_)
    moments = [record["due_at"] for record in records]
    assert moments == sorted(moments)
    [running] = [record for record in records if record["state"] == "dispatched"]
    assert (running["attempt"], running["reason"]) == (1, "baseline")
    scans = [record["state"] for record in records if record["job"] == Job.DARKWATCH]
    assert scans[:2] == ["retried", "dispatched"]
    assert set(scans[2:]) == {"to_come"}


def test_dead_replayed_and_hand_launched_runs_say_what_they_are(shell: Shell, desk: Desk) -> None:
    [id_] = desk.sell(new_id("sub")())
    desk.calendar.periods.follow([id_])
    letter = desk.die(desk.take_one())
    desk.calendar.dead_letters.replay([letter])
    run_id = "0123abcd-e3b0-4c44-98fc-1c149afbf4c8"
    desk.calendar.outcomes.settle([by_hand(id_, Ending.SUCCESS, desk.clock(), run_id=run_id)])
    said = shell.says("calendar", "--subscription", id_, "--days", "1")
    assert "baseline dead, permanent" in line_of(said, "dead,")
    assert line_of(said, "replay").endswith(f"darkwatch replay/{letter} replay due")
    assert line_of(said, "hand").endswith("darkwatch run by hand done 0123abcd")


def test_the_widest_rows_are_not_cut_short(shell: Shell, database: Database) -> None:
    desk = Desk.on(database, HandClock(utc_now() - timedelta(days=2)))
    [id_] = desk.sell(new_id("sub")(), tier=Tier.BASIC)
    desk.calendar.periods.follow([id_])
    desk.succeed_all()
    desk.clock.advance(days=1)
    desk.move(id_, Tier.PREMIUM)
    desk.calendar.events.owe_pending(Job.REMOVALS, Waiting(id_), after="", limit=1)
    for _ in range(3):
        for owed in desk.take(*AT_ONCE):
            desk.end(owed, Ending.FAILURE)
        desk.clock.advance(minutes=15)
    desk.take(*AT_ONCE)
    said = shell.says("calendar", "--subscription", id_)
    assert "pending pending work" in line_of(said, "removebrokers", "running,")
    assert line_of(said, "darkwatch", "running,").endswith("plan changed running,")  # and goes on
    assert said.count("retry 3") == 3
    assert "…" not in said
    days = shell.says("calendar")
    assert any("removebrokers premium" in " ".join(line.split()) for line in days.splitlines())
    assert "…" not in days


def test_nothing_is_said_in_words(shell: Shell) -> None:
    assert "Nothing was or will be due within 7 days" in shell.says("calendar")
    assert shell.records("calendar") == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--subscription", "sub_none"], "There is no subscription 'sub_none'"),
        (["--days", "400"], "'--days'"),
    ],
)
def test_wrong_words_are_refused(shell: Shell, words: list[str], told: str) -> None:
    assert told in shell.refuses("calendar", *words)
