"""What the admin's API costs beside many past runs: `python -m bench.admin --runs 1000000`.

Generates the runs in SQL, in both databases, gives 5,000 of them a real run's events, and asks a
real web server on loopback, one request after another. Prints a line a measure and each query's
plan, and one JSON object last. Its servers are embedded, in a temporary folder.
"""

import argparse
import json
import logging
import random
import socket
import statistics
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import httpx
import uvicorn
from dagster import DagsterInstance
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import EmptyWorkspaceTarget
from sqlalchemy import Connection, Engine, event

from bench.crowd import crowd
from bench.generated import EVENTS, generate
from bench.system import embedded_system
from kordant_pipelines.domain.access import Role
from kordant_pipelines.orchestration.web.server import KordantWebserver
from kordant_pipelines.services.container import Services, open_services
from kordant_pipelines.settings import load_settings

SUBSCRIPTIONS = 10_000
REQUESTS = 200
LIMIT_MS = 100.0

JOB = "id job subscriptionId status pendingWhy attempt failureKind dueAt endedAt runId"
STATUS = f"""query S($id: ID!) {{ jobStatus(id: $id) {{ ... on KordantJob {{ {JOB}
    attempts {{ number state runId failure }} result {{ counts {{ name value }} }} }} }} }}"""
JOBS = f"""query J($filter: KordantJobsFilter) {{ jobs(filter: $filter, first: 50) {{
    ... on KordantJobs {{ nextCursor results {{ {JOB} }} }} }} }}"""
HEALTH = "{ queueHealth { waiting oldestSeconds queues { job tier waiting retries } } }"

FILTERS: dict[str, dict[str, str]] = {
    "job_and_status": {"job": "hometitle_scan", "status": "FAILED"},
    "job_and_tier": {"job": "reports_generate", "tier": "PREMIUM"},
    "tier_and_status": {"tier": "PLUS", "status": "COMPLETED"},
    "status_and_time": {"status": "FAILED", "since": "2026-06-01T00:00:00Z"},
    "subscription_and_status": {"subscriptionId": "sub_77", "status": "COMPLETED"},
    "job_and_pending": {"job": "darkwatch_scan", "status": "PENDING"},
    "job_and_dropped": {"job": "darkwatch_scan", "status": "DROPPED"},
}


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(prog="bench.admin", description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000_000)
    parser.add_argument("--plans", action="store_true", help="print each query's plan too")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    with embedded_system({}):
        services = open_services(load_settings())
        try:
            with DagsterInstance.get() as instance:
                began = time.perf_counter()
                crowd(services.database, SUBSCRIPTIONS)
                generate(services, instance, options.runs, SUBSCRIPTIONS)
                print(f"generated in {time.perf_counter() - began:.0f} s", flush=True)
                with _served(instance, services) as client:
                    _measure(client, options.runs, plans=options.plans)
        finally:
            services.close()


def _measure(client: httpx.Client, runs: int, *, plans: bool) -> None:
    dice = random.Random(1)

    def ask(query: str, **variables: object) -> None:
        answer = client.post("/graphql", json={"query": query, "variables": variables})
        body: dict[str, Any] = answer.json()
        if answer.is_error or "errors" in body:
            raise RuntimeError(answer.text)

    measured: dict[str, Callable[[], object]] = {
        "jobStatus": lambda: ask(STATUS, id=str(dice.randrange(1, EVENTS))),
        **{
            f"jobs_{name}": lambda chosen=chosen: ask(JOBS, filter=chosen)
            for name, chosen in FILTERS.items()
        },
        "queueHealth": lambda: ask(HEALTH),
        "metrics": lambda: client.get("/metrics").raise_for_status(),
    }
    results: dict[str, float] = {"runs": runs}
    for name, action in measured.items():
        if plans:
            _explain(name, action)
        p50, p95 = _percentiles(action)
        results |= {f"{name}_p50_ms": p50, f"{name}_p95_ms": p95}
        told = "" if p95 < LIMIT_MS else f"  over {LIMIT_MS:.0f}"
        print(f"{name:32} p50 {p50:8.1f} ms  p95 {p95:8.1f} ms{told}", flush=True)
    print(json.dumps(results))


def _percentiles(action: Callable[[], object]) -> tuple[float, float]:
    taken: list[float] = []
    for _ in range(REQUESTS):
        began = time.perf_counter()
        action()
        taken.append(1000 * (time.perf_counter() - began))
    return round(statistics.median(taken), 1), round(statistics.quantiles(taken, n=20)[-1], 1)


def _explain(name: str, action: Callable[[], object]) -> None:
    """Print the plans of the queries that one call makes."""
    seen: list[tuple[Engine, str, Any]] = []

    def note(
        connection: Connection, _cursor: Any, statement: str, parameters: Any, *_: object
    ) -> None:
        if statement.lstrip().startswith("SELECT"):
            seen.append((connection.engine, statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    action()
    event.remove(Engine, "before_cursor_execute", note)
    for engine, statement, parameters in seen:
        with engine.connect() as connection:
            rows = connection.exec_driver_sql(
                f"EXPLAIN (ANALYZE, COSTS OFF, BUFFERS OFF) {statement}", parameters
            )
            print(f"-- {name}: {' '.join(statement.split())[:110]} …")
            print("\n".join(f"   {row[0]}" for row in rows), flush=True)


@contextmanager
def _served(instance: DagsterInstance, services: Services) -> Generator[httpx.Client]:
    token = services.access.tokens.create("bench", Role.VIEWER)
    with WorkspaceProcessContext(instance, EmptyWorkspaceTarget()) as workspace:
        app = KordantWebserver(workspace, services, public=()).create_asgi_app()
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
            thread.start()
            while not server.started:
                time.sleep(0.01)
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            shown = {"Authorization": f"Bearer {token}"}
            try:
                with httpx.Client(base_url=url, headers=shown, timeout=60.0) as client:
                    yield client
            finally:
                server.should_exit = True
                thread.join()


if __name__ == "__main__":
    main()
