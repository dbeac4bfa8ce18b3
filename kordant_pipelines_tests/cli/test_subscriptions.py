"""`kordant subscriptions`: how one stands, and changes that say when they take effect."""

import pytest

from kordant_pipelines.domain.calendar.retries import Ending
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import SubscriptionStatus, Tier
from kordant_pipelines.services.subscriptions import NewSubscription
from kordant_pipelines.storage.models.base import new_id
from kordant_pipelines_tests.cli.shell import Shell, line_of
from kordant_pipelines_tests.services.calendar.desk import Desk


def test_each_jobs_last_run_and_its_next_are_shown(shell: Shell, desk: Desk) -> None:
    [id_] = desk.sell(new_id("sub")())
    desk.calendar.periods.follow([id_])
    scan = desk.take_one()
    desk.end(scan, Ending.FAILURE)
    title = desk.take_one(Job.HOMETITLE)
    desk.die(title)
    retry, died = desk.rows(id_)[1], desk.row(id_, Job.HOMETITLE)
    assert died.ended_at is not None

    said = shell.says("subscriptions", "show", id_)
    assert line_of(said, id_, "premium").startswith(f"{id_} ")
    due = f"{retry.due_at:%m-%d %H:%M}"
    assert line_of(said, "darkwatch").endswith(f"{due} due, retry 1")
    assert "failed run-" in line_of(said, "darkwatch")
    ended = f"{died.ended_at:%m-%d %H:%M}"
    row = line_of(said, "hometitle")
    assert row.startswith(f"hometitle {ended} dead, permanent run-")
    assert row.endswith("to come")  # tomorrow's
    assert line_of(said, "reports").startswith("reports never ")

    [record] = shell.records("subscriptions", "show", id_)
    assert (record["id"], record["tier"], record["status"]) == (id_, "premium", "active")
    jobs = {job["job"]: job for job in record["jobs"]}
    assert jobs["darkwatch_scan"]["last"]["state"] == "retried"
    assert jobs["darkwatch_scan"]["next"]["attempt"] == 1
    assert jobs["hometitle_scan"]["last"]["failure"] == "permanent"
    assert jobs["hometitle_scan"]["next"]["state"] == "to_come"
    assert jobs["reports_generate"]["last"] is None


def test_the_last_run_is_the_one_that_ended_last(shell: Shell, desk: Desk) -> None:
    [id_] = desk.sell(new_id("sub")())
    desk.calendar.periods.follow([id_])
    desk.end(desk.take_one(), Ending.FAILURE)
    desk.clock.advance(minutes=1)
    desk.end(desk.take_one())
    assert " done, retry 1 run-" in line_of(shell.says("subscriptions", "show", id_), "darkwatch")


def test_what_was_put_aside_is_not_what_happened_last(shell: Shell, desk: Desk) -> None:
    [id_] = desk.sell(new_id("sub")())
    desk.calendar.periods.follow([id_])
    desk.end(desk.take_one())
    desk.subscriptions.pause(id_)
    desk.calendar.periods.follow([id_])
    [job] = shell.records("subscriptions", "show", id_)[0]["jobs"]
    assert (job["job"], job["last"]["state"], job["next"]) == (Job.DARKWATCH, "succeeded", None)
    assert line_of(shell.says("subscriptions", "show", id_), "darkwatch").endswith(" none")


def test_a_monthly_jobs_next_run_is_shown_however_far_off(shell: Shell, desk: Desk) -> None:
    ids = desk.sell(*(f"sub_{n}" for n in range(20)), tier=Tier.BASIC)
    desk.calendar.periods.follow(ids)
    desk.succeed_all()
    for id_ in ids:
        row = line_of(shell.says("subscriptions", "show", id_), "darkwatch")
        assert " done " in row
        assert row.endswith("to come")


def test_no_personal_data_is_shown(shell: Shell, desk: Desk) -> None:
    new = NewSubscription(
        ref="sale-1",
        tier=Tier.PLUS,
        name="Ada Lovelace",
        emails=("ada@example.com",),
        contact_emails=("ada@example.com",),
    )
    id_, _ = desk.subscriptions.add(new)
    for words in ((), ("--json",)):
        said = shell.says("subscriptions", "show", id_, *words)
        assert "sale-1" in said
        assert "ada" not in said.lower()


def test_where_nothing_is_owed_that_is_said(shell: Shell, desk: Desk) -> None:
    [id_] = desk.sell(new_id("sub")())
    desk.subscriptions.pause(id_)
    said = shell.says("subscriptions", "show", id_)
    assert line_of(said, id_).split()[3] == "paused"
    assert "Nothing is owed to it" in said


@pytest.mark.parametrize(
    ("words", "prepare", "told", "status", "tier"),
    [
        (("set-tier", "plus"), None, "plus: it is owed", SubscriptionStatus.ACTIVE, Tier.PLUS),
        (("pause",), None, "paused: no run starts", SubscriptionStatus.PAUSED, Tier.PREMIUM),
        (("resume",), "pause", "active: it is owed", SubscriptionStatus.ACTIVE, Tier.PREMIUM),
        (("cancel",), None, "cancelled: no run", SubscriptionStatus.CANCELLED, Tier.PREMIUM),
    ],
)
def test_a_change_says_what_takes_effect_and_when(
    shell: Shell,
    desk: Desk,
    words: tuple[str, ...],
    prepare: str | None,
    told: str,
    status: SubscriptionStatus,
    tier: Tier,
) -> None:
    [id_] = desk.sell(new_id("sub")())
    if prepare is not None:
        shell.says("subscriptions", prepare, id_)
    verb, *more = words
    for _ in range(2):  # repeated, it changes nothing
        said = shell.says("subscriptions", verb, id_, *more)
        assert said.startswith(f"{id_} is {told}")
        assert "within some seconds, once a running system's sensor has seen it" in said
        summary = desk.subscriptions.summary(id_)
        assert (summary.status, summary.tier) == (status, tier)


def test_what_is_cancelled_or_unknown_is_not_changed(shell: Shell, desk: Desk) -> None:
    desk.sell("sub_gone")
    desk.subscriptions.cancel("sub_gone")
    for words in (["pause", "sub_gone"], ["resume", "sub_gone"], ["set-tier", "sub_gone", "plus"]):
        assert "'sub_gone' is cancelled" in shell.refuses("subscriptions", *words)
    for words in (["show", "sub_x"], ["pause", "sub_x"], ["set-tier", "sub_x", "plus"]):
        assert "There is no subscription 'sub_x'" in shell.refuses("subscriptions", *words)
    assert "'premium'" in shell.refuses("subscriptions", "set-tier", "sub_gone", "gold")
    assert desk.subscriptions.summary("sub_gone").tier is Tier.PREMIUM
