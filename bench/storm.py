"""Kills at random while runs flow: `make storm`. Nothing may get lost, doubled or stuck.

A real `kordant up` scans subscriptions that are all in one breach. Meanwhile a worker's children, a
whole worker and the daemon are killed, and Valkey and Postgres restarted, each as often as asked,
in random order. Then everything is counted, runs from the run storage. One JSON object last.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from sqlalchemy import TextClause, text
from sqlalchemy.exc import SQLAlchemyError

from bench.meters import until, worker_children
from bench.systems import HOST, process
from kordant_pipelines.cli.system import free_port
from kordant_pipelines.domain.errors import Misconfigured
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.runtime.environment import resolve
from kordant_pipelines.runtime.stack import DAEMON_MODULE, WORKER_APP
from kordant_pipelines.sandbox.client import SandboxControls
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.services.container import Services, open_services
from kordant_pipelines.services.subscriptions import NewSubscription
from kordant_pipelines.settings import Settings, load_settings
from kordant_pipelines.storage.database import Database

BREACH = {"Name": "Storm", "DataClasses": ["Passwords"]}
PAUSE_SECONDS = (4.0, 12.0)


def main() -> int:
    """Storm; the exit status is 0 only if nothing was lost, doubled or stuck."""
    parser = argparse.ArgumentParser(prog="bench.storm", description=__doc__)
    parser.add_argument("--runs", type=int, default=500, help="subscriptions, one scan owed each")
    parser.add_argument("--kills", type=int, default=5, help="of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep-log", type=Path, default=None, help="where `up` writes")
    asked = parser.parse_args()
    with ExitStack() as stack:
        home = Path(tempfile.mkdtemp(prefix="kordant-storm-"))
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        port = free_port(HOST, 0, setting="KORDANT_PORT")
        argv = [sys.executable, "-m", "kordant_pipelines.sandbox", "--port", str(port)]
        stack.enter_context(process(argv, dict(os.environ), Path(os.devnull)))
        os.environ.update(_variables(home, f"http://{HOST}:{port}", asked.runs))
        log = asked.keep_log or home / "up.log"
        log.unlink(missing_ok=True)
        up = stack.enter_context(process([_kordant(), "up"], dict(os.environ), log))
        until(lambda: " ready: " in log.read_text(), timeout=180, what="the system")
        storm = Storm(up, load_settings(), random.Random(asked.seed))
        emails = [f"person{number}@example.com" for number in range(asked.runs)]
        with SandboxControls(f"http://{HOST}:{port}") as controls:
            controls.plan("hibp", rpm=1_000_000)
            controls.publish_breach(BREACH, emails)
        storm.sell(emails)
        storm.blow(asked.kills)
        counted = storm.counted()
    print(json.dumps(counted))
    lost = counted["runs"] != counted["success"] or counted["doubled"] or counted["stuck"]
    return 1 if lost else 0


def _variables(home: Path, sandbox: str, runs: int) -> Mapping[str, str]:
    return {
        "KORDANT_HOME": str(home / "home"),
        "KORDANT_PORT": "0",
        "KORDANT_HIBP_URL": f"{sandbox}/hibp/api/v3",
        "KORDANT_HIBP_API_KEY": Sandbox.hibp_key,
        "KORDANT_LEAKCHECK_URL": f"{sandbox}/leakcheck/api/v2",
        "KORDANT_QUEUE_DEPTH": str(runs),
        "KORDANT_RETRY_DELAYS_SECONDS": ",".join(["2"] * 30),
    }


def _kordant() -> str:
    return str(Path(sys.executable).with_name("kordant"))


@dataclass
class Storm:
    """A running system, its databases, and the dice."""

    up: psutil.Process
    settings: Settings
    dice: random.Random

    def __post_init__(self) -> None:
        environment = resolve(self.settings)
        self._services: Services = open_services(environment.whole_settings())
        self._dagster = Database(environment.dagster_database_url)
        self.kills: dict[str, int] = {}

    def sell(self, emails: Sequence[str]) -> None:
        """A subscription for each of these addresses."""
        for number, email in enumerate(emails):
            self._services.subscriptions.add(
                NewSubscription(
                    ref=f"storm-{number}",
                    tier=list(Tier)[number % 3],
                    name="Test Person",
                    contact_emails=(email,),
                    emails=(email,),
                )
            )

    def blow(self, times: int) -> None:
        """Kill, at random, until each kind had its turn; then wait until all is quiet."""
        kinds: Mapping[str, Callable[[], None]] = {
            "worker_children": self._kill_children,
            "worker": lambda: self._named(WORKER_APP).kill(),
            "daemon": lambda: self._named(DAEMON_MODULE).kill(),
            "valkey": lambda: self._named("valkey-server").send_signal(self._end()),
            "postgres": lambda: self._named("postgres").send_signal(signal.SIGINT),
        }
        turns = [kind for kind in kinds for _ in range(times)]
        self.dice.shuffle(turns)
        until(lambda: self._scalar(self._dagster, _STARTED) > 0, timeout=120, what="a first run")
        for turn, kind in enumerate(turns):
            until(lambda kind=kind: self._done(kinds[kind]), timeout=120, what=f"a {kind} to kill")
            self.kills[kind] = self.kills.get(kind, 0) + 1
            left = self._scalar(self._services.database, _OPEN)
            print(f"{turn + 1:3}/{len(turns)} {kind:16} {left} runs owed or under way", flush=True)
            time.sleep(self.dice.uniform(*PAUSE_SECONDS))
        until(lambda: self._quiet(), timeout=900, what="the end of all runs")

    def counted(self) -> dict[str, object]:
        """What became of all."""
        domain, dagster = self._services.database, self._dagster
        runs = self._scalar(domain, _OWED)
        people = self._scalar(domain, _PEOPLE)
        doubled = {
            "runs": self._scalar(dagster, _DOUBLED_RUNS),
            "exposures": self._scalar(domain, _EXPOSURES) - people,
            "alerts": self._scalar(domain, _ALERTS) - people,
            "notifications": self._scalar(domain, _NOTIFICATIONS) - people,
        }
        return {
            "runs": runs,
            "success": self._scalar(dagster, _SUCCEEDED),
            "doubled": sum(map(abs, doubled.values())),
            "stuck": self._scalar(dagster, _STUCK),
            "kills": sum(self.kills.values()),
            "doubled_by_kind": doubled,
            "kills_by_kind": self.kills,
            "runs_launched": self._scalar(dagster, _LAUNCHED),
            "failed_and_retried": self._scalar(dagster, _FAILED),
        }

    def _quiet(self) -> bool:
        time.sleep(1)
        waiting = self._scalar(self._services.database, _OPEN)
        return waiting == 0 and self._scalar(self._dagster, _STUCK) == 0

    def _scalar(self, database: Database, statement: TextClause) -> int:
        while True:  # Postgres may be away just now
            with suppress(Misconfigured, SQLAlchemyError), database.connection() as connection:
                return int(connection.execute(statement).scalar_one())
            time.sleep(0.2)

    def _done(self, kill: Callable[[], None]) -> bool:
        """Whether there was one to kill: it may be starting again."""
        with suppress(psutil.NoSuchProcess, LookupError):
            kill()
            return True
        return False

    def _kill_children(self) -> None:
        children = worker_children(self.up)
        if not children:
            raise LookupError
        for child in self.dice.sample(children, self.dice.randint(1, len(children))):
            child.kill()

    def _end(self) -> signal.Signals:
        return self.dice.choice([signal.SIGTERM, signal.SIGKILL])

    def _named(self, word: str) -> psutil.Process:
        for child in self.up.children():
            if any(word in part for part in child.cmdline()[:6]):
                return child
        raise LookupError(word)


_PEOPLE = text("SELECT count(*) FROM subscriptions")
_OWED = text("SELECT count(*) FROM owed_runs WHERE job = 'darkwatch_scan' AND attempt = 0")
_OPEN = text(
    "SELECT count(*) FROM owed_runs WHERE job = 'darkwatch_scan' "
    "AND (state = 'dispatched' OR state = 'owed' AND due_at < now() + interval '1 minute')"
)
_EXPOSURES = text("SELECT count(*) FROM exposures")
_ALERTS = text("SELECT count(*) FROM alerts")
_NOTIFICATIONS = text("SELECT count(*) FROM notifications")
_STARTED = text("SELECT count(*) FROM runs WHERE status = 'STARTED'")
_LAUNCHED = text("SELECT count(*) FROM runs WHERE pipeline_name = 'darkwatch_scan'")
_FAILED = text(
    "SELECT count(*) FROM runs WHERE pipeline_name = 'darkwatch_scan' AND status = 'FAILURE'"
)
_STUCK = text(
    "SELECT count(*) FROM runs WHERE pipeline_name = 'darkwatch_scan' "
    "AND status NOT IN ('SUCCESS', 'FAILURE', 'CANCELED')"
)
_BY_OWED = """
SELECT t.value AS slot, r.partition AS subscription,
       count(*) FILTER (WHERE r.status = 'SUCCESS') AS successes
FROM runs r JOIN run_tags t ON t.run_id = r.run_id AND t.key = 'kordant/slot'
WHERE r.pipeline_name = 'darkwatch_scan' GROUP BY 1, 2
"""
_SUCCEEDED = text(f"SELECT count(*) FROM ({_BY_OWED}) o WHERE successes > 0")  # noqa: S608 - ours
_DOUBLED_RUNS = text(
    f"SELECT coalesce(sum(successes - 1), 0) FROM ({_BY_OWED}) o WHERE successes > 1"  # noqa: S608 - ours
)


if __name__ == "__main__":
    sys.exit(main())
