"""Workers that are killed, and runs that are cancelled, in the running system."""

import os
import signal
import time
from collections.abc import Callable, Generator
from pathlib import Path

import httpx
import psutil
import pytest
from sqlalchemy import text

from kordant_pipelines.runtime.layout import Layout
from kordant_pipelines.runtime.postgres import EmbeddedPostgres
from kordant_pipelines.runtime.stack import WORKER_APP
from kordant_pipelines.sandbox.serve import Sandbox, serving
from kordant_pipelines.storage.database import Database
from kordant_pipelines_tests.end_to_end.commands import Started, environment, run, started

AGAIN_WITHIN = 15.0
"""Seconds from a worker's death to the same work running again, its retry's delay of 1 s aside."""

CANCELED_WITHIN = 5.0


def allowed(seconds: float) -> float:
    """So many seconds on a machine of our own; longer on one whose cores others want too."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


_RUNS = text(
    "SELECT run_id, status FROM runs "
    "WHERE partition = :subscription AND pipeline_name = 'darkwatch_scan' ORDER BY id"
)

_HELD = text("SELECT coalesce(sum(cardinality(tasks)), 0) FROM workers")
_TERMINATE = """
mutation Terminate($runId: String!) {
  terminateRun(runId: $runId) { __typename }
}
"""
"""What the UI's button sends."""


class System:
    """The running system, as an onlooker and a killer."""

    def __init__(self, up: Started, home: Path, env: dict[str, str], sandbox: Sandbox) -> None:
        self.up, self.env, self.sandbox = up, env, sandbox
        self.token = Layout(home).local_token.read_text()
        postgres = EmbeddedPostgres(Layout(home))
        self._dagster, self._domain = (
            Database(postgres.url("dagster")),
            Database(postgres.url("kordant")),
        )

    def close(self) -> None:
        self._dagster.close()
        self._domain.close()

    def busy(self) -> int:
        """How many tasks workers hold."""
        with self._domain.connection() as connection:
            return connection.execute(_HELD).scalar_one()

    def statuses(self, subscription: str) -> list[str]:
        """Of the subscription's scans, the first first."""
        return [status for _, status in self.runs(subscription)]

    def runs(self, subscription: str) -> list[tuple[str, str]]:
        with self._dagster.connection() as connection:
            rows = connection.execute(_RUNS, {"subscription": subscription})
            return [(row.run_id, row.status) for row in rows]

    def hang(self, ref: str) -> str:
        """A subscription whose scan hangs at the provider."""
        self.sandbox.fault("hibp", "timeout", path_contains="account")
        words = ("kordant", "subscriptions", "add", "--ref", ref, "--tier", "basic", "--name", "A")
        added = run(*words, "--email", f"{ref}@example.com", env=self.env)
        assert added.returncode == 0, added.stderr
        subscription = added.stdout.split()[0]
        until(lambda: self.statuses(subscription) == ["STARTED"], timeout=120)
        until(lambda: self.busy() == 1)
        return subscription

    def worker(self) -> psutil.Process:
        """The worker's main process."""
        for process in self.up.family():
            if WORKER_APP in process.cmdline():
                return process
        raise AssertionError("there is no worker")


def until(true: Callable[[], bool], timeout: float = 120) -> float:
    """Wait; how long it took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < timeout
        time.sleep(0.05)
    return time.monotonic() - began


@pytest.fixture(scope="module")
def system(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[System]:
    output = tmp_path_factory.mktemp("up") / "out"
    with serving(hold_seconds=100.0) as sandbox:
        sandbox.plan("hibp", rpm=10_000)
        env = environment(
            home,
            KORDANT_HIBP_URL=sandbox.hibp_url,
            KORDANT_HIBP_API_KEY=sandbox.hibp_key,
            KORDANT_RETRY_DELAYS_SECONDS="1,1,1",
            KORDANT_PROVIDER_TIMEOUT_SECONDS="120",
        )
        with started("kordant", "up", env=env, output=output) as up:
            up.wait_for("ready: http://127.0.0.1:")
            system = System(up, home, env, sandbox)
            yield system
            system.close()
            assert up.stop(signal.SIGTERM) == 0


def _kill_child(system: System) -> None:
    """The children that are busy cannot be told from the others: kill them all but the parent."""
    for child in system.worker().children(recursive=True):
        child.kill()


def _kill_worker(system: System) -> None:
    system.worker().kill()


def _kill_worker_group(system: System) -> None:
    os.killpg(system.worker().pid, signal.SIGKILL)


@pytest.mark.parametrize("kill", [_kill_child, _kill_worker, _kill_worker_group])
def test_a_killed_worker_s_run_is_failed_and_runs_again_within_seconds(
    system: System, kill: Callable[[System], None]
) -> None:
    subscription = system.hang(kill.__name__.strip("_").replace("_", "-"))
    kill(system)
    system.sandbox.clear_faults()
    failed = until(lambda: system.statuses(subscription)[0] == "FAILURE")
    again = until(lambda: len(system.statuses(subscription)) == 2) + failed
    again += until(lambda: system.statuses(subscription)[1] in {"STARTED", "SUCCESS"})
    print(f"{kill.__name__}: failed after {failed:.1f} s, again after {again:.1f} s")  # noqa: T201 - shown with pytest -s
    assert again - 1.0 < allowed(AGAIN_WITHIN)
    until(lambda: system.statuses(subscription) == ["FAILURE", "SUCCESS"])


def test_a_cancelled_run_ends_as_canceled_at_once_and_its_worker_goes_on(system: System) -> None:
    subscription = system.hang("cancelled")
    [(run_id, _)] = system.runs(subscription)
    url = system.up.output.partition("ready: ")[2].split()[0]
    began = time.monotonic()
    answer = httpx.post(
        f"{url}/graphql",
        json={"query": _TERMINATE, "variables": {"runId": run_id}},
        headers={"Authorization": f"Bearer {system.token}"},
        timeout=30,
    )
    assert answer.json() == {"data": {"terminateRun": {"__typename": "TerminateRunSuccess"}}}
    until(lambda: system.statuses(subscription) == ["CANCELED"])
    took = time.monotonic() - began
    print(f"canceled after {took:.1f} s")  # noqa: T201 - shown with pytest -s
    assert took < allowed(CANCELED_WITHIN)
    until(lambda: system.busy() == 0)
    system.sandbox.clear_faults()
