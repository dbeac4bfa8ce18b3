"""`kordant schedules`: what holds is shown, a change says so, and a wrong word changes nothing."""

import pytest

from kordant_pipelines.domain.calendar.cadences import CADENCES, PAIRS
from kordant_pipelines.domain.calendar.owed import State
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines_tests.cli.shell import Shell, line_of
from kordant_pipelines_tests.services.calendar.desk import Desk

PREMIUM = ("darkwatch_scan", "premium")
BASIC = ("darkwatch_scan", "basic")


def _of(shell: Shell, job: str, tier: str) -> dict[str, object]:
    records = shell.records("schedules", "list")
    [record] = [record for record in records if (record["job"], record["tier"]) == (job, tier)]
    return record


def test_every_job_and_tier_that_has_a_cadence_is_listed_whole(shell: Shell) -> None:
    said = shell.says("schedules", "list")
    for job, tier in PAIRS:
        row = line_of(said, job.value, tier.value)
        assert row.startswith(f"{job} {tier} {CADENCES[job][tier]} 00:00-24:00 ")
        assert row.endswith(" 0 0")
    assert len(shell.records("schedules", "list")) == len(PAIRS)


def test_the_present_periods_runs_are_counted(shell: Shell, desk: Desk) -> None:
    ids = desk.sell(*(f"sub_{n}" for n in range(5)))
    desk.calendar.periods.follow(ids)
    owed, *_ = desk.take(limit=2)
    desk.end(owed)
    row = line_of(shell.says("schedules", "list"), *PREMIUM)
    assert row == f"darkwatch_scan premium daily 00:00-24:00 {owed.slot} 2 3"
    record = _of(shell, *PREMIUM)
    assert record["period"] == owed.slot
    assert record["states"] == {"succeeded": 1, "dispatched": 1, "owed": 3}


def test_a_schedule_that_is_set_holds_at_once_and_is_marked(shell: Shell, desk: Desk) -> None:
    desk.sell("sub_1", tier=Tier.BASIC)
    words = ("--cadence", "daily", "--window", "01:00-05:30")
    told = shell.says("schedules", "set", *BASIC, *words)
    assert "darkwatch_scan of basic is daily, due 01:00-05:30 UTC." in told
    assert "holds now" in told
    row = line_of(shell.says("schedules", "list"), *BASIC)
    assert row.startswith("darkwatch_scan basic daily * 01:00-05:30 ")
    owed = desk.row("sub_1")
    assert (owed.cadence, owed.state) == ("daily", State.OWED)
    assert 1 <= owed.due_at.hour <= 5


def test_what_is_not_given_stays_as_it_is(shell: Shell) -> None:
    shell.says("schedules", "set", *PREMIUM, "--window", "01:00-05:30")
    told = shell.says("schedules", "set", *PREMIUM, "--cadence", "weekly")
    assert "is weekly, due 01:00-05:30 UTC." in told
    told = shell.says("schedules", "set", *PREMIUM, "--window", "00:00-24:00")
    assert "is weekly, due 00:00-24:00 UTC." in told
    shell.says("schedules", "set", *PREMIUM, "--cadence", "daily")
    assert _of(shell, *PREMIUM)["own"] is True


def test_a_paused_schedule_is_shown_as_such_until_it_is_resumed(shell: Shell, desk: Desk) -> None:
    desk.sell("sub_1")
    desk.calendar.periods.follow(["sub_1"])
    told = shell.says("schedules", "pause", *PREMIUM)
    assert "is paused, else daily, due 00:00-24:00 UTC." in told
    assert "put aside" in told
    assert desk.row("sub_1").state is State.DROPPED
    assert line_of(shell.says("schedules", "list"), *PREMIUM) == (
        "darkwatch_scan premium daily 00:00-24:00 paused 0 0"
    )
    assert _of(shell, *PREMIUM)["enabled"] is False

    told = shell.says("schedules", "resume", *PREMIUM)
    assert "darkwatch_scan of premium is daily, due 00:00-24:00 UTC." in told
    assert desk.row("sub_1").state is State.OWED
    assert _of(shell, *PREMIUM)["enabled"] is True


def test_setting_a_paused_schedule_does_not_resume_it(shell: Shell) -> None:
    shell.says("schedules", "pause", *PREMIUM)
    told = shell.says("schedules", "set", *PREMIUM, "--cadence", "weekly")
    assert "is paused, else weekly, due" in told
    assert "holds now" not in told
    assert _of(shell, *PREMIUM)["enabled"] is False


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["set", "darkwatch", "basic", "--cadence", "daily"], "'darkwatch_scan'"),
        (["set", *BASIC], "Nothing to set"),
        (["set", *BASIC, "--cadence", "hourly"], "'daily'"),
        (["set", *BASIC, "--window", "5-6"], "'5-6' is not a window of the day"),
        (["set", *BASIC, "--window", "05:00-04:00"], "the end after the start"),
        (["pause", "darkwatch_scan", "gold"], "'premium'"),
        (["pause", "reports_generate", "basic"], "basic does not have reports_generate"),
        (["resume", "voiceprint_batch", "basic"], "it runs when work waits for it"),
    ],
)
def test_wrong_words_are_refused_and_change_nothing(
    shell: Shell, words: list[str], told: str
) -> None:
    before = shell.records("schedules", "list")
    assert told in shell.refuses("schedules", *words)
    assert shell.records("schedules", "list") == before


def test_an_unknown_job_is_answered_with_those_there_are(shell: Shell) -> None:
    said = shell.refuses("schedules", "pause", "darkwatch", "basic")
    assert all(job.value in said for job in Job)
