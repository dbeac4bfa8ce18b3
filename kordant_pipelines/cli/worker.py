"""`kordant worker`: a worker alone, for further hosts."""

import os
import re
from typing import Annotated

import typer

from kordant_pipelines.cli.system import check_keyring, require_broker
from kordant_pipelines.domain.errors import Misconfigured
from kordant_pipelines.runtime.environment import resolve
from kordant_pipelines.runtime.stack import worker_argv, worker_name
from kordant_pipelines.settings import load_settings

QUEUE_TAG = "dagster-celery/queue"
_QUEUE = re.compile(r"[A-Za-z0-9._-]+")


def worker(
    concurrency: Annotated[
        int | None, typer.Option(min=1, help="Runs at once; default: KORDANT_WORKER_CONCURRENCY.")
    ] = None,
    queues: Annotated[
        str,
        typer.Option(
            help="Queues to serve, between commas; runs name theirs in the tag "
            f"{QUEUE_TAG}. Default: that of runs which name none."
        ),
    ] = "",
    runs_per_child: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Runs after which a child process is replaced; default: "
            "KORDANT_WORKER_RUNS_PER_CHILD.",
        ),
    ] = None,
) -> None:
    """Run a worker in the foreground, beside a system that `kordant up` or others keep.

    SIGTERM or Ctrl-C lets the runs in flight finish; a second one cuts them off, and they are
    owed a retry.
    """
    named = [name for name in queues.split(",") if name]
    for name in named:
        if not _QUEUE.fullmatch(name):
            raise Misconfigured(
                f"--queues: {name!r} is not the name of a queue: letters, digits, ., - and _, "
                "several between commas."
            )
    settings = load_settings()
    environment = resolve(settings)
    environment.require_running()
    environment.layout.ensure()
    environment.write_instance_config()
    require_broker(environment.broker_url)
    check_keyring(environment)
    argv = worker_argv(
        concurrency or settings.worker_concurrency,
        runs_per_child=runs_per_child or settings.worker_runs_per_child,
        name=worker_name(),
        queues=named,
    )
    os.execve(argv[0], argv, {**os.environ, **environment.variables()})  # noqa: S606 - no shell is meant
