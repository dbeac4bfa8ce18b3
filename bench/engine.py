"""What the engine does with two cores, beside stock Dagster: `make bench`.

The same scans (no provider is asked) go through the same calendar, in ours and in Dagster with its
default launcher and its own Postgres storage. CPU is that of every process but this one and the
played providers. What a system uses when idle is measured apart and taken off a run's cost. Prints
a table, and one JSON object last.
"""

import argparse
import json
import logging
import os
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import psutil

from bench.load import Load, Round, ended_at
from bench.meters import Samples, cpu_seconds, quantile
from bench.queueing import dequeue_measures
from bench.system import embedded_system
from bench.systems import HOST, System, ours, process, stock
from bench.table import Table
from kordant_pipelines.cli.system import free_port
from kordant_pipelines.runtime.environment import Environment
from kordant_pipelines.sandbox.client import SandboxControls
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.services.container import open_services
from kordant_pipelines.settings import load_settings
from kordant_pipelines.storage.database import Database

WARM_UP = 24
SETTLING_SECONDS = 10.0
IDLE_SECONDS = 15.0
LATENCIES = 30
WORKERS = (1, 2, 4)
FIRST = (
    "cpu_ratio_vs_stock",
    "runs_per_second",
    "p95_launch_ms",
    "worker_rss_mb",
    "pg_connections_peak",
)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(prog="bench.engine", description=__doc__)
    parser.add_argument("--runs", type=int, default=400, help="of ours, with 2 and 4 workers")
    parser.add_argument("--long-runs", type=int, default=1000, help="of ours, with 1 worker")
    parser.add_argument("--stock-runs", type=int, default=12)
    asked = parser.parse_args()
    logging.disable(logging.WARNING)
    with ExitStack() as stack:
        port = free_port(HOST, 0, setting="KORDANT_PORT")
        argv = [sys.executable, "-m", "kordant_pipelines.sandbox", "--port", str(port)]
        played = stack.enter_context(process(argv, dict(os.environ), Path(os.devnull)))
        environment = stack.enter_context(embedded_system(_settings(f"http://{HOST}:{port}")))
        services = open_services(load_settings())
        stack.callback(services.close)
        load = Load(services)
        with SandboxControls(f"http://{HOST}:{port}") as controls:
            controls.plan("hibp", rpm=1_000_000)
            controls.plan("leakcheck", rps=10_000)
        ids = load.people(max(asked.runs, asked.long_runs))
        bench = Bench(environment, load, ids, played.pid)
        bench.ours(asked.runs, asked.long_runs)
        bench.stock(asked.stock_runs)
    bench.table.show()
    print(json.dumps(bench.table.numbers()))


def _settings(sandbox: str) -> dict[str, str]:
    return {
        "KORDANT_HIBP_URL": f"{sandbox}/hibp/api/v3",
        "KORDANT_HIBP_API_KEY": Sandbox.hibp_key,
        "KORDANT_LEAKCHECK_URL": f"{sandbox}/leakcheck/api/v2",
        "KORDANT_LEAKCHECK_API_KEY": Sandbox.leakcheck_key,
    }


class Bench:
    """One measurement of both systems, on the same servers."""

    def __init__(
        self, environment: Environment, load: Load, ids: list[str], sandbox_pid: int
    ) -> None:
        self._environment = environment
        self._load = load
        self._without = frozenset({os.getpid(), sandbox_pid})
        self._ids = ids
        self.table = Table(first=FIRST)
        self.table.note("load_average_before", os.getloadavg()[0])

    def ours(self, runs: int, long_runs: int) -> None:
        """Ours, with as many workers as are asked for."""
        people = self._load.people(runs // 4, emails=10)
        for workers in WORKERS:
            with (
                ours(self._environment, concurrency=workers) as system,
                Samples(system.dagster_url, psutil.Process()) as samples,
            ):
                record = Database(system.dagster_url)
                self._load.run(record, self._ids[:WARM_UP], timeout=120)
                count = long_runs if workers == 1 else runs
                idle = self._idle()
                cpu, seconds, ended = self._measured(record, self._ids[:count], timeout=900)
                self.table.note(f"runs_per_second_{workers}", ended.per_second)
                if workers == 1:
                    self.table.note("worker_rss_mb", max(samples.rss_mb))
                    self.table.note("worker_runs", ended.runs)
                if workers == max(WORKERS):
                    self._cost("ours", cpu, seconds, ended, idle)
                    self._latency("ours", system, record, LATENCIES)
                    scans = self._load.run(record, people, timeout=600)
                    self.table.note("scans_of_10_identifiers_per_second", scans.per_second)
                    self.table.note("pg_connections_peak", max(samples.connections))
                    steady = quantile([float(n) for n in samples.connections], 0.5)
                    self.table.note("pg_connections_steady", steady)
                _require_success(ended)
        self.table.highest("runs_per_second", [f"runs_per_second_{n}" for n in WORKERS])
        self.table.notes(dequeue_measures(self._environment))

    def stock(self, runs: int) -> None:
        """Stock Dagster; far fewer runs, for each takes its seconds."""
        with stock(self._environment) as system, Samples(system.dagster_url) as samples:
            record = Database(system.dagster_url)
            self._load.run(record, self._ids[:2], timeout=300)
            idle = self._idle()
            cpu, seconds, ended = self._measured(record, self._ids[:runs], timeout=900)
            self.table.note("stock_runs_per_second", ended.runs / seconds)
            self._cost("stock", cpu, seconds, ended, idle)
            self._latency("stock", system, record, 3)
            self.table.note("stock_pg_connections_peak", max(samples.connections))
            _require_success(ended)
        cost = "cpu_seconds_per_run"
        self.table.ratio("cpu_ratio_vs_stock", f"stock_{cost}", cost)
        self.table.ratio(
            "cpu_ratio_idle_included", f"stock_{cost}_idle_included", f"{cost}_idle_included"
        )

    def _idle(self) -> float:
        """CPU that the system uses in a second in which nothing is to be done."""
        time.sleep(SETTLING_SECONDS)
        before = self._cpu()
        time.sleep(IDLE_SECONDS)
        return (self._cpu() - before) / IDLE_SECONDS

    def _measured(
        self, record: Database, ids: list[str], *, timeout: float
    ) -> tuple[float, float, Round]:
        before, began = self._cpu(), time.monotonic()
        ended = self._load.run(record, ids, timeout=timeout)
        return self._cpu() - before, time.monotonic() - began, ended

    def _cost(self, name: str, cpu: float, seconds: float, ended: Round, idle: float) -> None:
        prefix = "" if name == "ours" else f"{name}_"
        self.table.note(f"{prefix}idle_cpu_cores", idle)
        self.table.note(f"{prefix}cpu_seconds_per_run", (cpu - idle * seconds) / ended.runs)
        self.table.note(f"{prefix}cpu_seconds_per_run_idle_included", cpu / ended.runs)
        self.table.note(f"{prefix}wall_seconds_per_run", seconds / ended.runs)

    def _latency(self, name: str, system: System, record: Database, times: int) -> None:
        """From `launchRun` to SUCCESS on record, one run at a time."""
        prefix = "" if name == "ours" else f"{name}_"
        took: list[float] = []
        for subscription in self._ids[:times]:
            began = time.time()
            run_id = system.launch("darkwatch_scan", subscription)
            end: float | None = None
            while end is None:
                time.sleep(0.02)
                end = ended_at(record, run_id)
            took.append(end - began)
        self.table.note(f"{prefix}p50_launch_ms", 1000 * quantile(took, 0.5))
        self.table.note(f"{prefix}p95_launch_ms", 1000 * quantile(took, 0.95))

    def _cpu(self) -> float:
        return cpu_seconds(psutil.Process(), without=self._without)


def _require_success(ended: Round) -> None:
    if ended.succeeded != ended.runs:
        raise RuntimeError(f"{ended.runs - ended.succeeded} of {ended.runs} runs did not succeed")


if __name__ == "__main__":
    main()
