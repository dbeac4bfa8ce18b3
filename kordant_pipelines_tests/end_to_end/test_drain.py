"""A polite stop: what runs ends, what is queued stays queued, what is cut off is owed a retry."""

import json
import os
import signal
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest
from sqlalchemy import TextClause, text

from kordant_pipelines.runtime.layout import Layout
from kordant_pipelines.runtime.postgres import EmbeddedPostgres
from kordant_pipelines.sandbox.serve import Sandbox, serving
from kordant_pipelines.storage.database import Database
from kordant_pipelines_tests.end_to_end.commands import Started, environment, run, started

IN_FLIGHT = int(os.environ.get("DRAIN_IN_FLIGHT", "3"))
QUEUED = int(os.environ.get("DRAIN_QUEUED", "6"))
A_SCAN = float(os.environ.get("DRAIN_A_SCAN", "12"))
"""Seconds for which the provider keeps the first lookups waiting; asked again it answers."""

# Other jobs of a new subscription have nothing to ask and end at once.
_STATUSES = text(
    "SELECT status AS name, count(*) AS number FROM runs WHERE pipeline_name = 'darkwatch_scan' "
    "GROUP BY status"
)
_LEDGER = text(
    "SELECT state AS name, count(*) AS number FROM owed_runs WHERE job = 'darkwatch_scan' "
    "GROUP BY state"
)


def _counts(home: Path, statement: TextClause, database: str = "dagster") -> dict[str, int]:
    opened = Database(EmbeddedPostgres(Layout(home)).url(database))
    try:
        with opened.connection() as connection:
            return {row.name: row.number for row in connection.execute(statement)}
    finally:
        opened.close()


def _stopped(home: Path, statement: TextClause, database: str = "dagster") -> dict[str, int]:
    """The counts while nothing but Postgres runs."""
    with EmbeddedPostgres(Layout(home)).running():
        return _counts(home, statement, database)


def _env(home: Path, sandbox: Sandbox, drain_seconds: int) -> dict[str, str]:
    return environment(
        home,
        KORDANT_HIBP_URL=sandbox.hibp_url,
        KORDANT_HIBP_API_KEY=sandbox.hibp_key,
        KORDANT_WORKER_CONCURRENCY=str(IN_FLIGHT),
        KORDANT_QUEUE_DEPTH=str(10 * (IN_FLIGHT + QUEUED)),  # a sale owes more than the scan
        KORDANT_DRAIN_SECONDS=str(drain_seconds),
        KORDANT_PROVIDER_TIMEOUT_SECONDS="120",
        KORDANT_PROVIDER_PATIENCE_SECONDS="200",
        KORDANT_RETRY_DELAYS_SECONDS="1,1,1",
    )


def _busy(up: Started, home: Path, sandbox: Sandbox, env: dict[str, str], sales: Path) -> None:
    """Bring the system to where all slots hold a slow scan and the rest is queued."""
    up.wait_for("ready: http://127.0.0.1:")
    sandbox.plan("hibp", rpm=10_000)
    sandbox.fault("hibp", "timeout", path_contains="account", times=2 * IN_FLIGHT)
    sales.write_text(
        json.dumps(
            [
                {"ref": f"s-{n}", "tier": "plus", "name": "A", "emails": [f"p{n}@example.com"]}
                for n in range(IN_FLIGHT + QUEUED)
            ]
        )
    )
    imported = run("kordant", "subscriptions", "import", str(sales), env=env)
    assert imported.returncode == 0, imported.stderr
    deadline = time.monotonic() + 120
    while _counts(home, _STATUSES) != {"STARTED": IN_FLIGHT, "QUEUED": QUEUED}:
        assert time.monotonic() < deadline, _counts(home, _STATUSES)
        time.sleep(0.1)


@pytest.mark.timeout(600)
def test_runs_in_flight_end_and_queued_ones_wait_for_the_next_start(
    home: Path, tmp_path: Path
) -> None:
    with serving(hold_seconds=A_SCAN) as sandbox:
        env = _env(home, sandbox, drain_seconds=60)
        with started("kordant", "up", env=env, output=tmp_path / "out") as up:
            _busy(up, home, sandbox, env, tmp_path / "sales.json")
            family = up.family()
            began = time.monotonic()
            assert up.stop(signal.SIGTERM) == 0
            print(f"{IN_FLIGHT} in flight, {QUEUED} queued: {time.monotonic() - began:.1f} s")  # noqa: T201 - shown with pytest -s
            assert psutil.wait_procs(family, timeout=10)[1] == []
        assert _stopped(home, _STATUSES) == {"SUCCESS": IN_FLIGHT, "QUEUED": QUEUED}
        sandbox.clear_faults()
        with started("kordant", "up", env=env, output=tmp_path / "again") as up:
            up.wait_for("ready: http://127.0.0.1:")
            _until_all_succeeded(home)
            assert up.stop(signal.SIGTERM) == 0
        assert _stopped(home, _STATUSES) == {"SUCCESS": IN_FLIGHT + QUEUED}


def _until_all_succeeded(home: Path) -> None:
    deadline = time.monotonic() + 240
    while set(_counts(home, _LEDGER, "kordant")) - {"retried"} != {"succeeded"}:
        assert time.monotonic() < deadline, _counts(home, _LEDGER, "kordant")
        time.sleep(0.3)


@pytest.mark.timeout(600)
def test_what_the_deadline_cuts_off_is_failed_and_owed_before_the_servers_stop(
    home: Path, tmp_path: Path
) -> None:
    home = home.parent / "cut"
    with serving(hold_seconds=60.0) as sandbox:
        env = _env(home, sandbox, drain_seconds=1)
        with started("kordant", "up", env=env, output=tmp_path / "out") as up:
            _busy(up, home, sandbox, env, tmp_path / "sales.json")
            assert up.stop(signal.SIGTERM) == 0
            assert f"{IN_FLIGHT} runs were cut off and are owed a retry" in up.output
        assert _stopped(home, _STATUSES) == {"FAILURE": IN_FLIGHT, "QUEUED": QUEUED}
        ledger = _stopped(home, _LEDGER, "kordant")
        assert Counter(ledger) == {"retried": IN_FLIGHT, "owed": IN_FLIGHT, "dispatched": QUEUED}


@pytest.mark.timeout(600)
def test_a_second_signal_hurries_and_the_next_start_makes_up_for_it(
    home: Path, tmp_path: Path
) -> None:
    home = home.parent / "hurry"
    with serving(hold_seconds=60.0) as sandbox:
        env = _env(home, sandbox, drain_seconds=60)
        with started("kordant", "up", env=env, output=tmp_path / "out") as up:
            _busy(up, home, sandbox, env, tmp_path / "sales.json")
            began = time.monotonic()
            up.send(signal.SIGTERM)
            up.wait_for("stopping worker")
            time.sleep(0.6)  # sooner it is the same request
            assert up.stop(signal.SIGTERM) == 0
            print(f"hurried: {time.monotonic() - began:.1f} s")  # noqa: T201 - shown with pytest -s
        sandbox.clear_faults()
        with started("kordant", "up", env=env, output=tmp_path / "again") as up:
            up.wait_for("ready: http://127.0.0.1:")
            _until_all_succeeded(home)
            assert up.stop(signal.SIGTERM) == 0
