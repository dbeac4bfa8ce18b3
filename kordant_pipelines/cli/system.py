"""What `up` and `demo` share: getting a system ready to be supervised."""

import asyncio
import socket
from collections.abc import Generator
from contextlib import ExitStack, contextmanager

from redis import Redis
from redis.exceptions import RedisError

from kordant_pipelines.cli.access import prepare_access
from kordant_pipelines.cli.prepare import upgrade_databases
from kordant_pipelines.domain.errors import Misconfigured
from kordant_pipelines.runtime.environment import (
    DAGSTER_DATABASE,
    DOMAIN_DATABASE,
    Environment,
    resolve,
)
from kordant_pipelines.runtime.lock import exclusive
from kordant_pipelines.runtime.sinks import LogSink
from kordant_pipelines.runtime.stack import write_workspace
from kordant_pipelines.security.keyring import read_keyring
from kordant_pipelines.services.keyring_check import require_keyring
from kordant_pipelines.settings import Settings
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.migrate import require_current
from kordant_pipelines.storage.sole import sole_system
from kordant_pipelines.valkey_url import ValkeyUrl


@contextmanager
def claimed(settings: Settings) -> Generator[Environment]:
    """Hold the state folder, with all that children read from it in place.

    Raises:
        Misconfigured: the folder, the keyring or a server of the operator's own is not usable.
    """
    environment = resolve(settings)
    with exclusive(environment.layout):
        environment.ensure_keyring()
        read_keyring(environment.keyring_file)
        environment.write_instance_config()
        write_workspace(environment)
        for server in (environment.postgres, environment.valkey):
            if server is not None:
                server.prepare()
        yield environment


async def prepare_databases(
    environment: Environment, sink: LogSink, held: ExitStack, *, host: str, port: int
) -> None:
    """Once the servers answer: create and migrate our own; insist that others' are ready.

    `held` keeps other systems off the databases until it is closed. The web server is to
    listen on `host` and `port`; see `prepare_access`.
    """
    await asyncio.to_thread(_prepare, environment, sink)
    await asyncio.to_thread(prepare_access, environment, host, port)
    held.enter_context(sole_system(environment.dagster_database_url))


def _prepare(environment: Environment, sink: LogSink) -> None:
    require_broker(environment.broker_url)
    if environment.postgres is None:
        for url, check in (
            (environment.database_url, require_current),
            (environment.dagster_database_url, Database.check),
        ):
            database = Database(url)
            try:
                check(database)
            finally:
                database.close()
        check_keyring(environment)
        return
    environment.postgres.ensure_databases([DOMAIN_DATABASE, DAGSTER_DATABASE])
    for line in upgrade_databases(environment):
        sink.line("databases", line)
    check_keyring(environment)


def check_keyring(environment: Environment) -> None:
    """Raise Misconfigured unless the keyring is the database's."""
    database = Database(environment.database_url)
    try:
        require_keyring(database, read_keyring(environment.keyring_file))
    finally:
        database.close()


def require_broker(url: str) -> None:
    """Raise Misconfigured unless Valkey or Redis answers."""
    # Ignored: redis-py leaves these options and arguments untyped.
    client = Redis.from_url(ValkeyUrl.parse(url).redis, socket_timeout=5.0)  # pyright: ignore[reportUnknownMemberType]
    try:
        client.ping()  # pyright: ignore[reportUnknownMemberType]
    except RedisError as error:
        raise Misconfigured(
            f"Valkey or Redis does not answer ({error}). Start that server or correct "
            "KORDANT_BROKER_URL; unset it to use the embedded one."
        ) from None
    finally:
        client.close()


def free_port(host: str, port: int, *, setting: str, or_any: bool = False) -> int:
    """`port` if it can be listened on, any free one if it cannot and `or_any`, or if it is 0.

    Raises:
        Misconfigured: it is taken, or not ours to use.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if or_any and port:
                return free_port(host, 0, setting=setting)
            raise Misconfigured(
                f"Port {port} of {host} cannot be used: {error.strerror}. "
                f"Stop what listens there, or set {setting} to another port."
            ) from None
        return int(probe.getsockname()[1])
