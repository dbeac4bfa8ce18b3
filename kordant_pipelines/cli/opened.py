"""The services for one command, on a database that is ready for them."""

from collections.abc import Generator
from contextlib import contextmanager

from kordant_pipelines.runtime.environment import resolve
from kordant_pipelines.security.keyring import read_keyring
from kordant_pipelines.services.container import Services, open_services
from kordant_pipelines.services.keyring_check import require_keyring
from kordant_pipelines.settings import load_settings
from kordant_pipelines.storage.migrate import require_current


@contextmanager
def opened_services() -> Generator[Services]:
    """The services that the environment configures.

    Raises:
        Misconfigured: the database, its schema or the keyring is missing or wrong.
    """
    environment = resolve(load_settings())
    environment.require_running()
    services = open_services(environment.whole_settings())
    try:
        require_current(services.database)
        require_keyring(services.database, read_keyring(environment.keyring_file))
        yield services
    finally:
        services.close()
