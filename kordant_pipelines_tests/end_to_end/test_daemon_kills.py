"""kill -9 of the daemon in the middle of dispatching ticks: no run is missing, none is double."""

import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
from sqlalchemy import TextClause, text

from kordant_pipelines.runtime.layout import Layout
from kordant_pipelines.runtime.postgres import EmbeddedPostgres
from kordant_pipelines.sandbox.serve import serving
from kordant_pipelines.storage.database import Database
from kordant_pipelines_tests.end_to_end.commands import Started, environment, run, started

KILLS = int(os.environ.get("DAEMON_KILLS", "3"))
SUBSCRIPTIONS = 25 * KILLS
SEED = int(os.environ.get("DAEMON_KILLS_SEED", "1"))

_TICKING = text(
    "SELECT count(*) FROM job_ticks WHERE status = 'STARTED' AND type = 'SENSOR' "
    "AND tick_body LIKE '%dispatch_sensor%'"
)
_OPEN = text("SELECT count(*) FROM owed_runs WHERE state IN ('owed', 'dispatched') AND job = :job")
_RUNS = text(
    "SELECT partition AS subscription, status FROM runs WHERE pipeline_name = 'darkwatch_scan'"
)


@pytest.mark.timeout(900)
def test_no_run_is_missing_or_double_after_daemon_kills(home: Path, tmp_path: Path) -> None:
    dice = random.Random(SEED)  # noqa: S311 - moments, not secrets
    began = time.monotonic()
    with serving() as sandbox:
        env = environment(
            home,
            KORDANT_HIBP_URL=sandbox.hibp_url,
            KORDANT_QUEUE_DEPTH="15",  # many small ticks rather than one
        )
        with started("kordant", "up", env=env, output=tmp_path / "out") as up:
            up.wait_for("ready: http://127.0.0.1:")
            sales = tmp_path / "sales.json"
            sales.write_text(json.dumps([_sale(number) for number in range(SUBSCRIPTIONS)]))
            imported = run("kordant", "subscriptions", "import", str(sales), env=env)
            assert imported.returncode == 0, imported.stderr
            with _databases(home) as (domain, dagster):
                for _ in range(KILLS):
                    _until(lambda: _count(dagster, _TICKING) > 0)
                    time.sleep(dice.uniform(0, 0.4))
                    _daemon(up).send_signal(signal.SIGKILL)
                _until(lambda: _count(domain, _OPEN, job="darkwatch_scan") == 0, timeout=400)
                with dagster.connection() as connection:
                    rows = connection.execute(_RUNS).all()
            runs = Counter(row.subscription for row in rows)
            assert len(runs) == SUBSCRIPTIONS
            assert set(runs.values()) == {1}
            assert {row.status for row in rows} == {"SUCCESS"}
            print(f"{KILLS} kills, {len(rows)} runs, {time.monotonic() - began:.0f} s")  # noqa: T201 - shown with pytest -s
            assert up.stop(signal.SIGTERM) == 0


def _sale(number: int) -> dict[str, object]:
    # Without LeakCheck's key nothing covers a username: a scan that asks nobody and succeeds.
    return {
        "ref": f"sale-{number}",
        "tier": ("basic", "plus", "premium")[number % 3],
        "name": "Test Person",
        "usernames": [f"person_{number}"],
    }


@contextmanager
def _databases(home: Path) -> Generator[tuple[Database, Database]]:
    postgres = EmbeddedPostgres(Layout(home))
    domain, dagster = Database(postgres.url("kordant")), Database(postgres.url("dagster"))
    try:
        yield domain, dagster
    finally:
        domain.close()
        dagster.close()


def _count(database: Database, statement: TextClause, **parameters: str) -> int:
    with database.connection() as connection:
        return connection.execute(statement, parameters).scalar_one()


def _daemon(up: Started) -> psutil.Process:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for process in up.family():
            with suppress(psutil.NoSuchProcess):  # one that ended since it was listed
                if "dagster._daemon" in process.cmdline():
                    return process
        time.sleep(0.1)
    raise AssertionError("there is no daemon")


def _until(true: Callable[[], bool], timeout: float = 90) -> None:
    deadline = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
