"""Embedded servers, migrated and empty, for the length of a measurement."""

import os
import shutil
import tempfile
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from kordant_pipelines.cli.prepare import upgrade_databases
from kordant_pipelines.cli.system import claimed
from kordant_pipelines.runtime.environment import (
    DAGSTER_DATABASE,
    DOMAIN_DATABASE,
    Environment,
)
from kordant_pipelines.settings import load_settings

NOWHERE = "http://127.0.0.1:9"
"""No provider is asked while measuring: nothing listens there."""


@contextmanager
def embedded_system(settings: Mapping[str, str]) -> Generator[Environment]:
    """Run the servers; the process's environment is that of `kordant env` meanwhile."""
    # Not under a private folder: as root Postgres runs as another user.
    home = Path(tempfile.mkdtemp(prefix="kordant-bench-"))
    before = dict(os.environ)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        stack.callback(_restore, before)
        os.environ.update(
            {
                "KORDANT_HOME": str(home),
                "KORDANT_HIBP_URL": NOWHERE,
                "KORDANT_LEAKCHECK_URL": NOWHERE,
                **settings,
            }
        )
        environment = stack.enter_context(claimed(load_settings()))
        if environment.postgres is None or environment.valkey is None:
            raise RuntimeError("KORDANT_DATABASE_URL or KORDANT_BROKER_URL is set; unset it")
        stack.enter_context(environment.postgres.running())
        stack.enter_context(environment.valkey.running())
        environment.postgres.ensure_databases([DOMAIN_DATABASE, DAGSTER_DATABASE])
        for _ in upgrade_databases(environment):
            pass
        os.environ.update(environment.variables())
        yield environment


def _restore(before: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(before)
