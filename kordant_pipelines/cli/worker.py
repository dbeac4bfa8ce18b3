"""`kordant worker`: a worker alone, for further hosts."""

import os
from typing import Annotated

import typer

from kordant_pipelines.cli.system import check_keyring, require_broker
from kordant_pipelines.runtime.environment import resolve
from kordant_pipelines.runtime.stack import worker_argv
from kordant_pipelines.settings import load_settings


def worker(
    concurrency: Annotated[
        int | None, typer.Option(min=1, help="Runs at once; default: KORDANT_WORKER_CONCURRENCY.")
    ] = None,
) -> None:
    """Run a worker in the foreground, beside a system that `kordant up` or others keep."""
    settings = load_settings()
    environment = resolve(settings)
    environment.require_running()
    environment.layout.ensure()
    environment.write_instance_config()
    require_broker(environment.broker_url)
    check_keyring(environment)
    argv = worker_argv(concurrency or settings.worker_concurrency)
    os.execve(argv[0], argv, {**os.environ, **environment.variables()})  # noqa: S606 - no shell is meant
