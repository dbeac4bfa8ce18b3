"""Real servers for the session; for each test a cloned database, a sandbox and services on both."""

import shutil
import tempfile
import uuid
from collections.abc import Generator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest
from psycopg2 import sql
from pydantic import SecretStr
from redis import Redis

from kordant_pipelines.runtime.layout import Layout
from kordant_pipelines.runtime.postgres import EmbeddedPostgres
from kordant_pipelines.runtime.valkey import EmbeddedValkey
from kordant_pipelines.sandbox.serve import Sandbox, serving
from kordant_pipelines.sandbox.world.world import World
from kordant_pipelines.security.keyring import Keyring
from kordant_pipelines.services.container import Services, build_services
from kordant_pipelines.settings import Settings
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.migrate import upgrade
from kordant_pipelines_tests.clock import HandClock

TEMPLATE = "kordant_template"


@dataclass(frozen=True)
class Servers:
    """The session's Postgres and Valkey."""

    postgres: EmbeddedPostgres
    valkey: EmbeddedValkey

    def execute(self, statement: sql.Composable) -> None:
        """Run a statement outside any transaction, as CREATE DATABASE wants."""
        link = psycopg2.connect(
            host=str(self.postgres.layout.postgres_sockets), user="postgres", dbname="postgres"
        )
        try:
            link.autocommit = True
            with link.cursor() as cursor:
                cursor.execute(statement)
        finally:
            link.close()

    def clone(self, template: str) -> str:
        """A new database with the template's content; its name."""
        name = f"test_{uuid.uuid4().hex}"
        self.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        return name

    def empty_valkey(self) -> None:
        """Forget all that is in Valkey."""
        client = Redis(unix_socket_path=str(self.valkey.layout.valkey_socket))
        client.flushall()
        client.close()

    def drop(self, name: str) -> None:
        """Drop a database, whoever is still connected."""
        self.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def servers() -> Generator[Servers]:
    # Not tmp_path: pytest closes it to others, and as root Postgres runs as another user.
    home = Path(tempfile.mkdtemp(prefix="kordant-tests-"))
    layout = Layout(home)
    postgres, valkey = EmbeddedPostgres(layout), EmbeddedValkey(layout)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        stack.enter_context(postgres.running())
        stack.enter_context(valkey.running())
        postgres.ensure_databases([TEMPLATE])
        database = Database(postgres.url(TEMPLATE))
        upgrade(database)
        database.close()
        yield Servers(postgres, valkey)


@pytest.fixture
def database_url(servers: Servers) -> Generator[str]:
    """A migrated, empty domain database of the test's own."""
    name = servers.clone(TEMPLATE)
    yield servers.postgres.url(name)
    servers.drop(name)


@pytest.fixture
def database(database_url: str) -> Generator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def broker_url(servers: Servers) -> str:
    """An empty Valkey."""
    servers.empty_valkey()
    return servers.valkey.url()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def sandbox(clock: HandClock) -> Generator[Sandbox]:
    with serving(World(now=clock), hold_seconds=10.0) as served:
        yield served


@pytest.fixture
def settings(database_url: str, broker_url: str, sandbox: Sandbox, tmp_path: Path) -> Settings:
    """Settings that point at the sandbox."""
    service_account = tmp_path / "service-account.json"
    service_account.write_text(sandbox.fcm_service_account())
    return Settings(
        home=tmp_path,
        database_url=database_url,
        broker_url=broker_url,
        hibp_url=sandbox.hibp_url,
        hibp_api_key=SecretStr(sandbox.hibp_key),
        leakcheck_url=sandbox.leakcheck_url,
        leakcheck_api_key=SecretStr(sandbox.leakcheck_key),
        public_url="https://kordant.example",
        email_from="Kordant <alerts@kordant.example>",
        smtp_url=sandbox.smtp_url,
        resend_url=sandbox.resend_url,
        resend_signing_key=SecretStr(sandbox.resend_signing_key),
        twilio_url=sandbox.twilio_url,
        twilio_account_sid=sandbox.twilio_account_sid,
        twilio_auth_token=SecretStr(sandbox.twilio_auth_token),
        twilio_from=sandbox.twilio_from,
        fcm_url=sandbox.fcm_url,
        fcm_credentials_file=service_account,
        provider_patience_seconds=2.0,
    )


@pytest.fixture
def keyring() -> Keyring:
    return Keyring.generate()


@pytest.fixture
def services(settings: Settings, keyring: Keyring, clock: HandClock) -> Generator[Services]:
    opened = build_services(settings, keyring, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def services_without_leakcheck(
    settings: Settings, keyring: Keyring, clock: HandClock
) -> Generator[Services]:
    """Services whose operator has no LeakCheck key."""
    without = settings.model_copy(update={"leakcheck_api_key": None})
    opened = build_services(without, keyring, clock=clock)
    yield opened
    opened.close()
