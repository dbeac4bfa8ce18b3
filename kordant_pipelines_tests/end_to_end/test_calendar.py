"""The running system's calendar: baseline, retries, dead letters, real time, changes."""

import json
import signal
import time
from collections.abc import Callable, Generator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Row, text

from kordant_pipelines.domain.clock import utc_now
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.runtime.layout import Layout
from kordant_pipelines.runtime.postgres import EmbeddedPostgres
from kordant_pipelines.sandbox.serve import Sandbox, serving
from kordant_pipelines.services.calendar.periods import Periods
from kordant_pipelines.storage.database import Database
from kordant_pipelines_tests.end_to_end.commands import environment, run, started

DELAYS = (1, 2, 3)
A_TICK = 15
"""Seconds: Dagster evaluates sensors every 5 s, and a busy machine takes its time over one."""


@pytest.fixture(scope="module")
def sandbox() -> Generator[Sandbox]:
    with serving(hold_seconds=25.0) as served:
        served.plan("hibp", rpm=10_000)
        yield served


@pytest.fixture(scope="module")
def env(
    home: Path, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Generator[dict[str, str]]:
    """A running system whose retries come soon."""
    env = environment(
        home,
        KORDANT_HIBP_URL=sandbox.hibp_url,
        KORDANT_HIBP_API_KEY=sandbox.hibp_key,
        KORDANT_RETRY_DELAYS_SECONDS=",".join(map(str, DELAYS)),
        KORDANT_PROVIDER_PATIENCE_SECONDS="1",
        KORDANT_PROVIDER_TIMEOUT_SECONDS="30",
    )
    output = tmp_path_factory.mktemp("up") / "out"
    with started("kordant", "up", env=env, output=output) as up:
        up.wait_for("ready: http://127.0.0.1:")
        yield env
        assert up.stop(signal.SIGTERM) == 0


class Ledger:
    """Reads the calendar and the run record from beside the system."""

    def __init__(self, home: Path) -> None:
        postgres = EmbeddedPostgres(Layout(home))
        self._domain = Database(postgres.url("kordant"))
        self._dagster = Database(postgres.url("dagster"))

    def close(self) -> None:
        self._domain.close()
        self._dagster.close()

    def rows(
        self, subscription: str, job: str = "darkwatch_scan", **where: str
    ) -> list[Row[tuple[object, ...]]]:
        """The subscription's rows of a job, in the order they were owed."""
        narrowed = "".join(f" AND {column} = :{column}" for column in where)
        statement = text(
            "SELECT * FROM owed_runs WHERE job = :job "  # noqa: S608 - columns are ours
            f"AND subscription_id = :subscription{narrowed} ORDER BY id"
        )
        with self._domain.connection() as connection:
            return list(
                connection.execute(statement, {"job": job, "subscription": subscription, **where})
            )

    def open_ahead(self) -> None:
        """Owe Premium the HomeTitle scan of the day after tomorrow: it is not due in this test."""
        Periods(self._domain, lambda: utc_now() + timedelta(days=2)).open(
            Job.HOMETITLE, Tier.PREMIUM
        )

    def statuses(self, subscription: str) -> list[str]:
        """The statuses of the subscription's DarkWatch runs, as the run storage has them."""
        statement = text(
            "SELECT status FROM runs WHERE partition = :subscription "
            "AND pipeline_name = 'darkwatch_scan' ORDER BY id"
        )
        with self._dagster.connection() as connection:
            return list(connection.execute(statement, {"subscription": subscription}).scalars())

    def has_followed_the_catalogue(self) -> bool:
        """Whether the first catalogue was seen by the sensor, which then owes Premium a scan."""
        statement = text(
            "SELECT EXISTS (SELECT FROM job_ticks WHERE tick_body LIKE '%Premium scans are owed%')"
        )
        with self._dagster.connection() as connection:
            return connection.execute(statement).scalar_one()

    def parents(self, run_id: str) -> tuple[str | None, str | None]:
        """The run's root and parent, as the run storage has them."""
        statement = text("SELECT run_body FROM runs WHERE run_id = :run_id")
        with self._dagster.connection() as connection:
            body = json.loads(connection.execute(statement, {"run_id": run_id}).scalar_one())
        return body["root_run_id"], body["parent_run_id"]


@pytest.fixture
def ledger(home: Path, env: dict[str, str]) -> Generator[Ledger]:
    assert env
    opened = Ledger(home)
    yield opened
    opened.close()


def _add(env: dict[str, str], ref: str, tier: str, email: str) -> str:
    words = ("kordant", "subscriptions", "add", "--ref", ref, "--tier", tier, "--name", "Ada")
    added = run(*words, "--email", email, "--contact-email", email, env=env)
    assert added.returncode == 0, added.stderr
    return added.stdout.split()[0]


def _until(true: Callable[[], bool], timeout: float = 60) -> float:
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < timeout
        time.sleep(0.1)
    return time.monotonic() - began


def test_a_failing_provider_means_three_retries_then_a_dead_letter_that_can_be_replayed(
    env: dict[str, str], sandbox: Sandbox, ledger: Ledger
) -> None:
    _add(env, "sale-first", "basic", "first@example.com")  # its scan brings the catalogue
    _until(ledger.has_followed_the_catalogue, timeout=120)
    sandbox.fault("hibp", "unavailable", path_contains="account")
    subscription = _add(env, "sale-retry", "premium", "retry@example.com")
    _until(lambda: [r.state for r in ledger.rows(subscription)][3:4] == ["dead"], timeout=120)
    rows = ledger.rows(subscription)
    assert [row.state for row in rows] == ["retried"] * 3 + ["dead"]
    assert [row.reason for row in rows] == ["baseline"] * 4
    assert rows[3].failure == "exhausted"
    for failed, retry, delay in zip(rows, rows[1:], DELAYS, strict=False):
        assert retry.due_at - failed.ended_at == timedelta(seconds=delay)
        assert ledger.parents(retry.run_id) == (rows[0].run_id, failed.run_id)

    sandbox.clear_faults()
    listed = run("kordant", "jobs", "dead-letters", "--json", env=env)
    [letter] = [json.loads(line) for line in listed.stdout.splitlines()]
    assert letter["subscription_id"] == subscription
    assert letter["failure_kind"] == "EXHAUSTED"
    replayed = run("kordant", "jobs", "replay", str(letter["id"]), env=env)
    assert replayed.returncode == 0, replayed.stderr
    _until(lambda: _states(ledger, subscription, "replay") == ["succeeded"])
    [replay] = ledger.rows(subscription, reason="replay")
    assert ledger.parents(replay.run_id) == (rows[0].run_id, rows[3].run_id)
    assert run("kordant", "jobs", "dead-letters", "--json", env=env).stdout == ""


def test_a_refused_key_is_not_tried_again(
    env: dict[str, str], sandbox: Sandbox, ledger: Ledger
) -> None:
    sandbox.fault("hibp", "bad_key", path_contains="account")
    subscription = _add(env, "sale-permanent", "premium", "permanent@example.com")
    _until(lambda: [r.state for r in ledger.rows(subscription)] == ["dead"])
    [row] = ledger.rows(subscription)
    assert (row.attempt, row.failure) == (0, "permanent")
    sandbox.clear_faults()


def test_a_published_breach_reaches_premium_at_once_and_nobody_else(
    env: dict[str, str], sandbox: Sandbox, ledger: Ledger
) -> None:
    tiers = {
        tier: _add(env, f"sale-{tier}", tier, f"{tier}@example.com")
        for tier in ("basic", "plus", "premium")
    }
    for subscription in tiers.values():
        _until(lambda id_=subscription: _states(ledger, id_, "baseline") == ["succeeded"])
    emails = [f"{tier}@example.com" for tier in tiers]
    sandbox.publish_breach({"Name": "Fresh", "DataClasses": ["Passwords"]}, emails)
    _until(lambda: _states(ledger, tiers["premium"], "real_time") == ["succeeded"])
    told = run("kordant", "alerts", tiers["premium"], env=env)
    assert "Fresh" in told.stdout
    assert ledger.rows(tiers["plus"], reason="real_time") == []
    assert ledger.rows(tiers["basic"], reason="real_time") == []
    assert "Fresh" not in run("kordant", "alerts", tiers["plus"], env=env).stdout


def test_another_tier_is_owed_what_it_has(env: dict[str, str], ledger: Ledger) -> None:
    paused = run("kordant", "schedules", "pause", "hometitle_scan", "basic", env=env)
    assert paused.returncode == 0, paused.stderr
    subscription = _add(env, "sale-change", "basic", "change@example.com")
    _until(lambda: _states(ledger, subscription, "baseline") == ["succeeded"])
    assert _cadences(ledger, subscription) == []
    upgraded = run("kordant", "subscriptions", "set-tier", subscription, "premium", env=env)
    assert upgraded.returncode == 0, upgraded.stderr
    assert _until(lambda: _cadences(ledger, subscription) == ["daily"]) < A_TICK
    # The scan of this month was made today, so today's is had: there is no second.
    assert [row.state for row in ledger.rows(subscription)] == ["succeeded"]


def test_a_cancellation_drops_what_is_due_and_leaves_the_run_in_flight(
    env: dict[str, str], sandbox: Sandbox, ledger: Ledger
) -> None:
    sandbox.fault("hibp", "timeout", path_contains="account", times=1)
    subscription = _add(env, "sale-cancel", "premium", "cancel@example.com")
    _until(lambda: ledger.statuses(subscription) == ["STARTED"])
    _until(lambda: _states(ledger, subscription, "baseline", "hometitle_scan") == ["succeeded"])
    ledger.open_ahead()
    assert _waiting(ledger, subscription) == ["daily"]
    cancelled = run("kordant", "subscriptions", "cancel", subscription, env=env)
    assert cancelled.returncode == 0, cancelled.stderr
    assert _until(lambda: _waiting(ledger, subscription) == []) < A_TICK
    assert ledger.statuses(subscription) == ["STARTED"], "nobody stopped it"
    _until(lambda: ledger.statuses(subscription) != ["STARTED"])
    sandbox.clear_faults()
    assert ledger.statuses(subscription) != ["CANCELED"]
    _until(lambda: ledger.rows(subscription, state="dispatched") == [])
    assert ledger.rows(subscription, state="owed") == []  # nor is a retry of it


def _cadences(ledger: Ledger, subscription: str) -> list[object]:
    """The cadences under which HomeTitle is or was owed."""
    return [row.cadence for row in ledger.rows(subscription, "hometitle_scan")]


def _waiting(ledger: Ledger, subscription: str) -> list[object]:
    """The cadences under which HomeTitle is owed and not begun."""
    return [row.cadence for row in ledger.rows(subscription, "hometitle_scan", state="owed")]


def _states(
    ledger: Ledger, subscription: str, reason: str, job: str = "darkwatch_scan"
) -> list[object]:
    return [row.state for row in ledger.rows(subscription, job, reason=reason)]
