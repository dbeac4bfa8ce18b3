"""The panel's life against a running system, and Dagster's own client beside it."""

import json
import signal
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from dagster_graphql import DagsterGraphQLClient, DagsterGraphQLClientError

from kordant_pipelines.sandbox.serve import Sandbox, serving
from kordant_pipelines_tests.end_to_end.commands import environment, run, started

RUN = """mutation R($of: ID!, $key: String) {
    runJobNow(job: darkwatch_scan, subscriptionId: $of, idempotencyKey: $key) {
        __typename ... on Error { message } ... on RunJobNowSuccess { job { id } } } }"""
STATUS = """query S($id: ID!) { jobStatus(id: $id) { ... on KordantJob {
    status pendingWhy attempt willRetry failureKind cancelled runId
    attempts { state } result { counts { name value } } } } }"""
CANCEL = "mutation C($id: ID!) { cancelJob(id: $id) { __typename ... on Error { message } } }"


@dataclass(frozen=True)
class Panel:
    """A panel with an operator's token."""

    url: str
    token: str

    def ask(self, query: str, **variables: object) -> Any:
        """What the query's one field came to."""
        answer = httpx.post(
            f"{self.url}/graphql",
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=30,
        )
        [field] = answer.json()["data"].values()
        return field

    def run(self, subscription: str) -> str:
        """Queue a scan; its job's id."""
        job_id: str = self.ask(RUN, of=subscription)["job"]["id"]
        return job_id

    def seen(self, job_id: str, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The job's status once it is so, all that came before it having been polled."""
        deadline = time.monotonic() + 120
        while not until(job := self.ask(STATUS, id=job_id)):
            assert time.monotonic() < deadline, job
            time.sleep(0.2)
        return dict(job)


@pytest.fixture(scope="module")
def sandbox() -> Generator[Sandbox]:
    with serving(hold_seconds=25.0) as served:
        served.plan("hibp", rpm=10_000)
        yield served


@pytest.fixture(scope="module")
def env(
    home: Path, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Generator[dict[str, str]]:
    env = environment(
        home,
        KORDANT_HIBP_URL=sandbox.hibp_url,
        KORDANT_HIBP_API_KEY=sandbox.hibp_key,
        KORDANT_RETRY_DELAYS_SECONDS="1,1,1",
        KORDANT_PROVIDER_PATIENCE_SECONDS="0",
        KORDANT_PROVIDER_TIMEOUT_SECONDS="30",
    )
    output = tmp_path_factory.mktemp("up") / "out"
    with started("kordant", "up", env=env, output=output) as up:
        up.wait_for("ready: http://127.0.0.1:")
        yield env
        assert up.stop(signal.SIGTERM) == 0


@pytest.fixture(scope="module")
def panel(env: dict[str, str], home: Path) -> Panel:
    made = run("kordant", "tokens", "create", "panel", "--role", "operator", env=env)
    return Panel((home / "run" / "web-address").read_text(), made.stdout.strip())


def _customer(env: dict[str, str], ref: str) -> str:
    """A new subscription."""
    add = ("kordant", "subscriptions", "add", "--ref", ref, "--tier", "premium")
    added = run(*add, "--name", "Test", "--email", f"{ref}@example.com", env=env)
    assert added.returncode == 0, added.stderr
    listed = run("kordant", "subscriptions", "list", "--json", env=env).stdout.splitlines()
    [subscription] = [row["id"] for row in map(json.loads, listed) if row["ref"] == ref]
    return str(subscription)


def test_a_job_completes_fails_through_its_retries_and_is_cancelled(
    env: dict[str, str], panel: Panel, sandbox: Sandbox
) -> None:
    job = panel.run(_customer(env, "sale-1"))
    done = panel.seen(job, lambda job: job["status"] == "COMPLETED")
    assert {"name": "identifiers", "value": 1} in done["result"]["counts"]

    sandbox.fault("hibp", "unavailable", path_contains="account")
    failing = panel.run(_customer(env, "sale-failing"))
    waiting = panel.seen(failing, lambda job: job["willRetry"])
    assert waiting["status"] == "PENDING"
    failed = panel.seen(failing, lambda job: job["status"] == "FAILED")
    assert (failed["failureKind"], failed["attempt"]) == ("EXHAUSTED", 4)
    assert [one["state"] for one in failed["attempts"]] == [*["RETRIED"] * 3, "DEAD"]
    sandbox.clear_faults()

    sandbox.fault("hibp", "timeout", path_contains="account")
    held = panel.run(_customer(env, "sale-held"))
    panel.seen(held, lambda job: job["status"] == "RUNNING")
    assert panel.ask(CANCEL, id=held)["__typename"] == "CancelJobSuccess"
    ended = panel.seen(held, lambda job: job["status"] == "FAILED")
    assert (ended["cancelled"], ended["willRetry"]) == (True, False)
    sandbox.clear_faults()


# Dagster's client calls gql as gql does not like any more.
@pytest.mark.filterwarnings("ignore:Using variable_values:DeprecationWarning")
def test_dagsters_own_client_works_with_a_token_and_not_without(
    env: dict[str, str], panel: Panel
) -> None:
    subscription = _customer(env, "sale-2")
    where = urlsplit(panel.url)
    launch = {
        "job_name": "darkwatch_scan",
        "repository_location_name": "kordant",
        "repository_name": "__repository__",
        "tags": {"dagster/partition": subscription},
    }
    headers = {"Authorization": f"Bearer {panel.token}"}
    client = DagsterGraphQLClient(str(where.hostname), port_number=where.port, headers=headers)
    run_id = client.submit_job_execution(**launch)  # pyright: ignore[reportArgumentType]
    job = panel.seen(run_id, lambda job: job["status"] == "COMPLETED")
    assert job["runId"] == run_id
    assert client.get_run_status(run_id).value == "SUCCESS"
    nobody = DagsterGraphQLClient(str(where.hostname), port_number=where.port)
    with pytest.raises(DagsterGraphQLClientError):
        nobody.submit_job_execution(**launch)  # pyright: ignore[reportArgumentType]
    shown = httpx.get(f"{panel.url}/metrics", headers=headers, timeout=30).text
    assert 'kordant_runs_total{job="darkwatch_scan",outcome="succeeded",tier="premium"}' in shown
    assert 'kordant_heartbeat_age_seconds{part="SENSOR"}' in shown
    assert 'kordant_scrape_source_up{source="providers"} 1.0' in shown
