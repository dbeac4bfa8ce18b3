"""The two systems that are compared: ours, as `kordant up` runs it, and stock Dagster."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from textwrap import dedent

import httpx
import psutil
from sqlalchemy.engine import make_url

from bench.meters import until
from kordant_pipelines.cli.access import prepare_access
from kordant_pipelines.cli.system import free_port
from kordant_pipelines.orchestration.engine.upgrade import upgrade_dagster
from kordant_pipelines.runtime.child import Child
from kordant_pipelines.runtime.environment import Environment
from kordant_pipelines.runtime.stack import stages, write_workspace
from kordant_pipelines.storage.create import ensure_database

STARTUP_SECONDS = 180.0
HOST = "127.0.0.1"


@dataclass(frozen=True)
class System:
    """A running system: where its API and its run record are."""

    url: str
    dagster_url: str
    token: str | None = None

    def launch(self, job: str, subscription: str) -> str:
        """Launch a run as the UI does; its id."""
        answer = httpx.post(
            f"{self.url}/graphql",
            json={
                "query": _LAUNCH,
                "variables": {
                    "job": job,
                    "tags": [{"key": "dagster/partition", "value": subscription}],
                },
            },
            headers={"Authorization": f"Bearer {self.token}"} if self.token else {},
            timeout=60,
            trust_env=False,
        )
        return str(answer.json()["data"]["launchRun"]["run"]["runId"])


_LAUNCH = """
mutation Launch($job: String!, $tags: [ExecutionTag!]!) {
  launchRun(executionParams: {
    selector: {jobName: $job, repositoryName: "__repository__", repositoryLocationName: "kordant"}
    executionMetadata: {tags: $tags}
  }) { ... on LaunchRunSuccess { run { runId } } }
}
"""


@contextmanager
def ours(environment: Environment, *, concurrency: int) -> Generator[System]:
    """Code server, worker, daemon and webserver as `kordant up` starts them."""
    write_workspace(environment)
    environment.write_instance_config()
    port = free_port(HOST, 0, setting="KORDANT_PORT")
    prepare_access(environment, HOST, port)
    sized = environment.settings.model_copy(update={"worker_concurrency": concurrency})
    other = replace(environment, settings=sized)

    async def nothing() -> None:
        pass

    children = [
        child
        for stage in stages(other, host=HOST, port=port, prepare=nothing)[2:]
        for child in stage
        if isinstance(child, Child)
    ]
    with ExitStack() as stack:
        for child in children:
            log = environment.layout.logs / f"{child.name}.log"
            stack.enter_context(process(child.argv, child.env or {}, log))
        url = f"http://{HOST}:{port}"
        _wait_for(url)
        token = environment.layout.local_token.read_text()
        yield System(url, environment.dagster_database_url, token)


@contextmanager
def stock(environment: Environment) -> Generator[System]:
    """Dagster as its documentation sets it up on Postgres: everything else is a default.

    The same definitions and the same domain database; only the instance is another.
    """
    home = Path(tempfile.mkdtemp(prefix="kordant-bench-stock-"))
    url = make_url(environment.dagster_database_url).set(database="dagster_stock")
    url = url.render_as_string(hide_password=False)
    ensure_database(url)
    upgrade_dagster(url)
    (home / "dagster.yaml").write_text(
        dedent(
            f"""\
            storage:
              postgres:
                postgres_url: "{url}"
            telemetry:
              enabled: false
            """
        )
    )
    shutil.copy(Path(__file__).parents[1] / "workspace.yaml", home / "workspace.yaml")
    variables = {**os.environ, **environment.variables(), "DAGSTER_HOME": str(home)}
    variables.pop("DAGSTER_RUN_QUEUE_PAGE_SIZE")
    port = free_port(HOST, 0, setting="KORDANT_PORT")
    workspace = ("-w", str(home / "workspace.yaml"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        for log, words in {
            "stock-daemon.log": ("dagster._daemon", "run", *workspace),
            "stock-web.log": ("dagster_webserver", *workspace, "-h", HOST, "-p", str(port)),
        }.items():
            argv = [sys.executable, "-m", *words]
            stack.enter_context(process(argv, variables, environment.layout.logs / log))
        address = f"http://{HOST}:{port}"
        _wait_for(address)
        yield System(address, url)


@contextmanager
def process(argv: Sequence[str], env: Mapping[str, str], log: Path) -> Generator[psutil.Process]:
    """Run a program for the length of a `with` block; whatever it left running is killed."""
    with log.open("ab") as output:
        started = subprocess.Popen(
            argv, env=env, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    tree = psutil.Process(started.pid)
    try:
        yield tree
    finally:
        below = tree.children(recursive=True)
        started.send_signal(signal.SIGTERM)
        try:
            started.wait(60)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()
        for left in psutil.wait_procs(below, timeout=10)[1]:
            left.kill()


def _wait_for(url: str) -> None:
    until(lambda: _answers(f"{url}/server_info"), timeout=STARTUP_SECONDS, what="the webserver")


def _answers(url: str) -> bool:
    try:
        answer = httpx.get(url, timeout=2, trust_env=False)
    except httpx.HTTPError:
        return False
    # Ours asks who it is.
    return answer.status_code in {HTTPStatus.OK, HTTPStatus.UNAUTHORIZED}
