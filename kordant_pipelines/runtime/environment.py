"""Settings made whole: what is unset becomes the embedded servers of the state folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from sqlalchemy.engine import make_url

from kordant_pipelines.domain.errors import Misconfigured
from kordant_pipelines.runtime.layout import Layout
from kordant_pipelines.runtime.postgres import EmbeddedPostgres
from kordant_pipelines.runtime.valkey import EmbeddedValkey
from kordant_pipelines.security.keyring import Keyring, write_keyring
from kordant_pipelines.settings import Settings
from kordant_pipelines.valkey_url import ValkeyUrl

DAGSTER_DATABASE = "dagster"
DOMAIN_DATABASE = "kordant"


@dataclass(frozen=True)
class Environment:
    """One state folder's settings, with nothing left open, and the servers that are ours to run."""

    settings: Settings
    layout: Layout
    postgres: EmbeddedPostgres | None
    valkey: EmbeddedValkey | None
    database_url: str
    dagster_database_url: str
    broker_url: str
    keyring_file: Path

    def variables(self) -> Mapping[str, str]:
        """What our children and the stock `dagster` commands need in their environment."""
        return {
            "KORDANT_HOME": str(self.layout.home),
            "KORDANT_DATABASE_URL": self.database_url,
            "KORDANT_DAGSTER_DATABASE_URL": self.dagster_database_url,
            "KORDANT_BROKER_URL": self.broker_url,
            "KORDANT_CELERY_URL": ValkeyUrl.parse(self.broker_url).celery,
            "KORDANT_KEYRING_FILE": str(self.keyring_file),
            "KORDANT_RUN_SLOTS": str(self.settings.run_slots),
            "DAGSTER_HOME": str(self.layout.dagster_home),
            "DAGSTER_RUN_QUEUE_PAGE_SIZE": "1000",
        }

    def whole_settings(self) -> Settings:
        """The settings as a child process reads them."""
        return self.settings.model_copy(
            update={
                "home": self.layout.home,
                "database_url": self.database_url,
                "dagster_database_url": self.dagster_database_url,
                "broker_url": self.broker_url,
                "keyring_file": self.keyring_file,
            }
        )

    def require_running(self) -> None:
        """Raise Misconfigured if the embedded database of this home is not running."""
        if self.postgres is not None and not self.postgres.is_ready():
            raise Misconfigured(
                f"Nothing runs on {self.layout.home}. Start it with `kordant up`, or set "
                "KORDANT_HOME to the folder of the system that runs."
            )

    def write_instance_config(self) -> None:
        """Put dagster.yaml where `DAGSTER_HOME` points."""
        text = packaged("dagster.yaml").read_text()
        target = self.layout.dagster_home / "dagster.yaml"
        if not target.exists() or target.read_text() != text:
            target.write_text(text)

    def ensure_keyring(self) -> None:
        """Make the keyring of an embedded database on its first start.

        A keyring lost beside a database that holds data is never replaced silently: with servers
        of your own it must exist, and `kordant keys init` makes it.
        """
        if self.postgres is not None and not self.keyring_file.exists():
            self.make_keyring()

    def make_keyring(self) -> None:
        """Make a keyring where there is none.

        Raises:
            Misconfigured: an embedded database is there, so its keyring was lost.
            FileExistsError: there is a keyring.
        """
        lost = not self.keyring_file.exists() and self.postgres is not None
        if lost and (self.layout.postgres_data / "PG_VERSION").exists():
            raise Misconfigured(
                f"The database under {self.layout.home} is there, but its keyring "
                f"{self.keyring_file} is gone, and nothing in it can be read without. Restore that "
                "file, or start over with another KORDANT_HOME."
            )
        write_keyring(self.keyring_file, Keyring.generate())


def resolve(settings: Settings) -> Environment:
    """Fill in what is unset. Touches nothing: any process that knows the settings gets the same."""
    layout = Layout(settings.home)
    postgres, valkey = EmbeddedPostgres(layout), EmbeddedValkey(layout)
    # `eval "$(kordant env)"` sets the embedded servers' own URLs: they stay embedded.
    own_database = settings.database_url in (None, postgres.url(DOMAIN_DATABASE))
    own_broker = settings.broker_url in (None, valkey.url())
    database_url = settings.database_url or postgres.url(DOMAIN_DATABASE)
    return Environment(
        settings=settings,
        layout=layout,
        postgres=postgres if own_database else None,
        valkey=valkey if own_broker else None,
        database_url=database_url,
        dagster_database_url=settings.dagster_database_url or _sibling(database_url),
        broker_url=settings.broker_url or valkey.url(),
        keyring_file=settings.keyring_file or layout.keys,
    )


def packaged(name: str) -> Path:
    """A file that lies at the project's top level in a checkout, and in the package when built."""
    package = Path(str(files("kordant_pipelines")))
    for folder in (package, package.parent):
        if (folder / name).is_file():
            return folder / name
    raise Misconfigured(f"{name} is missing from this installation. Install it again.")


def _sibling(database_url: str) -> str:
    url = make_url(database_url).set(database=DAGSTER_DATABASE)
    return url.render_as_string(hide_password=False)
