"""The programs that make up a running system, in the order in which they start."""

import os
import secrets
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from textwrap import dedent

from kordant_pipelines.runtime.child import Child
from kordant_pipelines.runtime.environment import Environment
from kordant_pipelines.runtime.probes import http_ok, listening
from kordant_pipelines.runtime.supervisor import Stage, Step

CODE_MODULE = "kordant_pipelines.orchestration.definitions"
CODE_LOCATION = "kordant"
WEB_MODULE = "kordant_pipelines.orchestration.web"
WORKER_APP = "kordant_pipelines.orchestration.engine.worker"


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
            *_module("dagster._daemon", "run", "-w", str(_workspace_file(environment))),
            *("--log-level", "warning"),  # every tick is in the UI; here it would drown the rest
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
    return Child(
        name="worker",
        argv=worker_argv(settings.worker_concurrency),
        env=variables,
        # Celery's SIGTERM lets the runs in flight finish.
        stop_timeout=float(settings.drain_seconds),
    )


def worker_argv(concurrency: int) -> list[str]:
    """The command line of a worker that executes `concurrency` runs at once."""
    return [
        *_module("celery", "--app", WORKER_APP, "worker"),
        *("--concurrency", str(concurrency)),
        # A name of its own, since a host may run several.
        *("--hostname", f"kordant-{secrets.token_hex(3)}@%h"),
        *("--loglevel", "INFO", "--without-gossip", "--without-mingle"),
    ]


def _module(*words: str) -> list[str]:
    return [sys.executable, "-m", *words]
