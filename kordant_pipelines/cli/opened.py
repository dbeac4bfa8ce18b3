"""The services for one command, on a database that is ready for them."""

from collections.abc import Generator
from contextlib import contextmanager

from kordant_pipelines.runtime.environment import resolve
from kordant_pipelines.services.container import Services, open_services
from kordant_pipelines.settings import load_settings
from kordant_pipelines.storage.migrate import require_current


@contextmanager
def opened_services() -> Generator[Services]:
    """The services that the environment configures.

    Raises:
        Misconfigured: the database, its schema or the keyring is missing or wrong.
    """
    services = open_services(resolve(load_settings()).whole_settings())
    try:
        require_current(services.database)
        yield services
    finally:
        services.close()
