"""`kordant jobs`: what a person at a terminal sees of jobs and does to them, over real HTTP."""

import json
import os
from urllib.parse import urlsplit

import pytest
from dagster import DagsterInstance, DagsterRunStatus
from typer.testing import CliRunner

from kordant_pipelines.cli.main import commands
from kordant_pipelines.domain.calendar.retries import Ending
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.services.container import Services
from kordant_pipelines.storage.models.base import new_id
from kordant_pipelines_tests.cli.shell import WIDTH, Shell, line_of
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.services.calendar.desk import Desk
from kordant_pipelines_tests.webserver.jobs import customer, end, launch, status
from kordant_pipelines_tests.webserver.serving import Web

SCAN, TITLE = Job.DARKWATCH, Job.HOMETITLE


@pytest.fixture
def shell(web: Web, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    others = {name: None for name in os.environ if name.startswith(("KORDANT_", "DAGSTER_"))}
    return Shell(
        {
            **others,
            "COLUMNS": str(WIDTH),
            "KORDANT_HOME": str(tmp_path_factory.mktemp("home")),
            "KORDANT_PORT": str(urlsplit(web.url).port),
            "KORDANT_TOKEN": web.operator,
        }
    )


@pytest.fixture
def desk(services: Services, clock: HandClock) -> Desk:
    """A calendar in which nothing is due and no letter is open."""
    services.calendar.dispatch.take_due(list(Job), limit=1000)
    letters = services.calendar.dead_letters
    letters.replay([letter.id for letter in letters.list(limit=None)])
    services.calendar.dispatch.take_due(list(Job), limit=1000)
    return Desk(services.database, clock, services.calendar, services.subscriptions)


def _dead(desk: Desk, job: Job = SCAN) -> tuple[str, int]:
    """A new subscription, and its run of a job that failed for good."""
    [id_] = desk.sell(new_id("sub")())
    desk.calendar.periods.follow([id_])
    [letter] = [desk.die(owed) for owed in desk.take(job) if owed.subscription_id == id_]
    return id_, letter


def _exit(shell: Shell, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(commands, words, env=shell.env)
    return result.exit_code, result.stdout


def test_a_job_is_queued_shown_and_listed(
    shell: Shell, desk: Desk, services: Services, instance: DagsterInstance
) -> None:
    subscription = customer(services, tier="plus")
    job = shell.says("jobs", "run", "darkwatch_scan", subscription).strip()
    shown = shell.says("jobs", "status", job)
    assert f"job {job}: darkwatch_scan of {subscription} (plus)" in shown
    assert "pending: due, behind others, try 1, because by hand" in shown
    listed = shell.says("jobs", "list", "--subscription", subscription)
    assert line_of(listed, job).endswith(f"darkwatch {subscription} pending 1")
    run = launch(instance, services)
    end(instance, services, run, DagsterRunStatus.FAILURE)
    shown = shell.says("jobs", "status", run.run_id)
    assert "1. retried" in shown
    assert "the source was down" in shown
    assert "pending: failed, tried again later until" in shown
    assert shell.says("jobs", "retry", job).strip() == job
    assert f"job {job} is cancelled" in shell.says("jobs", "cancel", job)
    assert "failed: cancelled" in shell.says("jobs", "status", job)
    del desk


def test_exit_codes_tell_what_became_of_a_job(
    shell: Shell, desk: Desk, services: Services, instance: DagsterInstance
) -> None:
    jobs = [
        shell.says("jobs", "run", "darkwatch_scan", customer(services)).strip() for _ in range(2)
    ]
    assert _exit(shell, "jobs", "watch", jobs[0], "--timeout", "0")[0] == 3
    shell.says("jobs", "cancel", jobs[0])
    code, said = _exit(shell, "jobs", "watch", jobs[0])
    assert (code, said.splitlines()[-1]) == (1, "failed: cancelled, try 1")
    end(instance, services, launch(instance, services), DagsterRunStatus.SUCCESS)
    assert _exit(shell, "jobs", "watch", jobs[1]) == (0, "completed, try 1\n")
    code, said = _exit(shell, "jobs", "watch", jobs[1], "--json")
    assert (code, json.loads(said)["status"]) == (0, "COMPLETED")
    del desk


def test_what_is_refused_says_why(shell: Shell, services: Services) -> None:
    run = ("jobs", "run", "reports_generate")
    assert "no subscription 'sub_x'" in shell.refuses(*run, "sub_x")
    basic = customer(services, tier="basic")
    assert "basic does not have reports_generate" in shell.refuses(*run, basic)
    assert "takes no payload" in shell.refuses(
        "jobs", "run", "darkwatch_scan", basic, "--payload", '{"x": 1}'
    )
    assert "There is no job '7777777'" in shell.refuses("jobs", "status", "7777777")
    assert "is not a cursor" in shell.refuses("jobs", "list", "--after", "x")
    assert "darkwatch_scan" in shell.refuses("jobs", "run", "no_such_job", basic)


def test_the_same_key_is_one_job(shell: Shell, services: Services) -> None:
    run = ("jobs", "run", "darkwatch_scan", customer(services), "--key", new_id("k")())
    assert shell.says(*run) == shell.says(*run)


def test_a_token_that_is_not_known_and_a_viewers_are_told_so(shell: Shell, web: Web) -> None:
    unknown = Shell({**shell.env, "KORDANT_TOKEN": "kdt_x"})
    assert "does not know this token" in unknown.refuses("jobs", "list")
    nobody = Shell({**shell.env, "KORDANT_TOKEN": None})
    assert "KORDANT_TOKEN" in nobody.refuses("jobs", "list")
    viewer = Shell({**shell.env, "KORDANT_TOKEN": web.viewer})
    viewer.says("jobs", "list")
    assert "Only operators" in viewer.refuses("jobs", "cancel", "1")


def test_where_nothing_answers_the_remedy_is_told(shell: Shell) -> None:
    said = shell.refuses("jobs", "list", "--url", "http://127.0.0.1:1")
    assert "Nobody listens at http://127.0.0.1:1" in said
    assert "kordant up" in said


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
    assert (record["id"], record["tier"], record["slot"]) == (str(letter), "PREMIUM", row.slot)
    assert (record["failure_kind"], record["attempts"]) == ("PERMANENT", 1)


def test_one_whose_retries_are_used_up_is_exhausted(shell: Shell, desk: Desk) -> None:
    [id_] = desk.sell(new_id("sub")())
    desk.calendar.periods.follow([id_])
    for minutes in (1, 5, 15, 0):
        assert shell.records("jobs", "dead-letters") == []
        desk.end(desk.take_one(), Ending.FAILURE)
        desk.clock.advance(minutes=minutes)
    assert " exhausted " in line_of(shell.says("jobs", "dead-letters"), id_)


def test_they_are_listed_by_job_and_a_limit_says_so(shell: Shell, desk: Desk) -> None:
    scan, title = _dead(desk, SCAN), _dead(desk, TITLE)
    listed = [record["id"] for record in shell.records("jobs", "dead-letters", "--job", TITLE)]
    assert listed == [str(title[1])]
    oldest = shell.says("jobs", "dead-letters", "--limit", "1")
    assert line_of(oldest, scan[0]).startswith(f"{scan[1]} ")
    assert title[0] not in oldest
    assert "there may be more" in oldest
    assert "there may be more" not in shell.says("jobs", "dead-letters")


def test_those_named_are_replayed_and_all_are_once(shell: Shell, desk: Desk, web: Web) -> None:
    (_, first), (_, second), (_, third) = _dead(desk), _dead(desk, TITLE), _dead(desk)
    said = shell.refuses("jobs", "replay", str(first), "999999999")
    assert "999999999: no open dead letter has this id; nothing was replayed" in said
    told = shell.says("jobs", "replay", str(first), str(second))
    assert "2 owed anew" in told
    assert "within some seconds" in told
    assert [record["id"] for record in shell.records("jobs", "dead-letters")] == [str(third)]
    assert "1 owed anew" in shell.says("jobs", "replay", "--all")
    assert "There is no dead letter to replay." in shell.says("jobs", "replay", "--all")
    assert "There is no dead letter." in shell.says("jobs", "dead-letters")
    assert status(web, str(first))["status"] == "FAILED"


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
