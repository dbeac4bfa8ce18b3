"""The programs that make up a running system, in the order in which they start."""

import asyncio
import os
import secrets
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from textwrap import dedent

from sqlalchemy.exc import SQLAlchemyError

from kordant_pipelines.domain.errors import Misconfigured
from kordant_pipelines.runtime.child import Child
from kordant_pipelines.runtime.environment import Environment
from kordant_pipelines.runtime.probes import calls, http_ok, listening
from kordant_pipelines.runtime.supervisor import Stage, Step
from kordant_pipelines.services.workers import Workers
from kordant_pipelines.storage.database import Database

CODE_MODULE = "kordant_pipelines.orchestration.definitions"
CODE_LOCATION = "kordant"
CUT_OFF_MODULE = "kordant_pipelines.orchestration.engine.cut_off"
DAEMON_MODULE = "kordant_pipelines.orchestration.engine.daemon"
WEB_MODULE = "kordant_pipelines.orchestration.web"
WORKER_APP = "kordant_pipelines.orchestration.engine.worker"

_CUT_OFF_SECONDS = 60.0


def stages(
    environment: Environment,
    *,
    host: str,
    port: int,
    prepare: Callable[[], Awaitable[None]],
    extra: Mapping[str, str] | None = None,
) -> list[Stage]:
    """Servers, then the databases' schemas, then code server, then all that uses it.

    Stopping goes the other way: the daemon hands out no more runs, workers finish theirs, and the
    servers go last. `extra` is added to every child's environment.
    """
    variables = {**os.environ, **environment.variables(), **(extra or {})}
    servers = [
        server.child()
        for server in (environment.postgres, environment.valkey)
        if server is not None
    ]
    return [
        servers,
        [Step(name="databases", action=prepare)],
        [_code_server(environment, variables)],
        [_worker(environment, variables), _webserver(environment, variables, host, port)],
        [_daemon(environment, variables)],
    ]


def write_workspace(environment: Environment) -> None:
    """Tell daemon and webserver to use our one code server."""
    _workspace_file(environment).write_text(
        dedent(
            f"""\
            load_from:
              - grpc_server:
                  host: localhost
                  socket: {environment.layout.code_server_socket}
                  location_name: {CODE_LOCATION}
            """
        )
    )


def _workspace_file(environment: Environment) -> Path:
    return environment.layout.run / "workspace.yaml"


def _code_server(environment: Environment, variables: Mapping[str, str]) -> Child:
    socket = environment.layout.code_server_socket
    return Child(
        name="code",
        argv=[
            *_module("dagster", "api", "grpc"),
            *("--socket", str(socket)),
            *("--module-name", CODE_MODULE),
            *("--location-name", CODE_LOCATION),
        ],
        env=variables,
        ready=listening(socket),
        stop_timeout=10.0,
    )


def _daemon(environment: Environment, variables: Mapping[str, str]) -> Child:
    return Child(
        name="daemon",
        argv=[
            *_module(DAEMON_MODULE, str(_workspace_file(environment))),
        ],
        env=variables,
        stop_signal=signal.SIGINT,
        stop_timeout=20.0,
    )


def _webserver(
    environment: Environment, variables: Mapping[str, str], host: str, port: int
) -> Child:
    return Child(
        name="web",
        argv=[
            *_module(WEB_MODULE, "-w", str(_workspace_file(environment))),
            *("--host", host, "--port", str(port)),
        ],
        env=variables,
        ready=http_ok(f"http://{reached_at(host)}:{port}/sign-in"),
        stop_timeout=10.0,
    )


def reached_at(host: str) -> str:
    """Where this machine reaches what listens on `host`, as URLs write it."""
    anywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - read, not bound
    reached = anywhere.get(host, host)
    return f"[{reached}]" if ":" in reached else reached


def _worker(environment: Environment, variables: Mapping[str, str]) -> Child:
    settings = environment.settings
    name = worker_name()

    async def cut_off() -> None:
        process = await asyncio.create_subprocess_exec(
            *_module(CUT_OFF_MODULE, name), env=variables, start_new_session=True
        )
        try:
            await asyncio.wait_for(process.wait(), _CUT_OFF_SECONDS)
        except TimeoutError:  # the next start sees to what is left
            process.kill()
            await process.wait()

    return Child(
        name="worker",
        argv=worker_argv(
            settings.worker_concurrency, runs_per_child=settings.worker_runs_per_child, name=name
        ),
        env=variables,
        ready=calls(lambda: _beats(environment, name)),
        # Celery's SIGTERM lets the runs in flight finish.
        stop_timeout=float(settings.drain_seconds),
        after_kill=cut_off,
    )


def _beats(environment: Environment, name: str) -> bool:
    database = Database(environment.database_url, pool_size=1)
    try:
        return Workers(database).lives(name)
    except (Misconfigured, SQLAlchemyError):
        return False
    finally:
        database.close()


def worker_name() -> str:
    """A name of its own for a worker here, since a host may run several."""
    return f"kordant-{secrets.token_hex(3)}@{socket.gethostname()}"


def worker_argv(
    concurrency: int, *, runs_per_child: int, name: str, queues: Sequence[str] = ()
) -> list[str]:
    """The command line of a worker that executes `concurrency` runs at once.

    A child process is replaced after `runs_per_child` runs. Without `queues` it serves the one
    that runs go to unless their tags name another.
    """
    return [
        *_module("celery", "--app", WORKER_APP, "worker"),
        *("--concurrency", str(concurrency)),
        *("--max-tasks-per-child", str(runs_per_child)),
        *(("--queues", ",".join(queues)) if queues else ()),
        *("--hostname", name),
        *("--loglevel", "INFO", "--without-gossip", "--without-mingle"),
    ]


def _module(*words: str) -> list[str]:
    return [sys.executable, "-m", *words]
