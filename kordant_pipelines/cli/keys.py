"""`kordant keys`: the keyring."""

import typer

from kordant_pipelines.domain.errors import RefusedInput
from kordant_pipelines.runtime.environment import resolve
from kordant_pipelines.security.keyring import read_keyring, write_keyring
from kordant_pipelines.security.vault import Vault
from kordant_pipelines.services.keyring_check import require_keyring
from kordant_pipelines.services.people import rewrap_all, users_to_rewrap
from kordant_pipelines.settings import load_settings
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.migrate import require_current

keys_app = typer.Typer(
    help="The keyring that personal data is encrypted with.", no_args_is_help=True
)


@keys_app.command()
def init() -> None:
    """Make a keyring. Keep a copy apart from the database: without it no data can be read."""
    environment = resolve(load_settings())
    path = environment.keyring_file
    try:
        environment.make_keyring()
    except FileExistsError:
        raise RefusedInput(
            f"There is a keyring at {path} already. It is never overwritten: what was encrypted "
            "with it could not be read any more. `kordant keys rotate` adds a key to it."
        ) from None
    typer.echo(f"Wrote {path}. Keep a copy apart from the database.")


@keys_app.command()
def rotate() -> None:
    """Add a master key and wrap every user's data key with it. Old keys stay in the keyring.

    If it is stopped half-way, all data is readable still, and the next call finishes it. Give other
    hosts the new keyring file at once: until they have it, their scans fail.
    """
    environment = resolve(load_settings())
    environment.require_running()
    database = Database(environment.database_url)
    try:
        require_current(database)
        keyring = read_keyring(environment.keyring_file)
        require_keyring(database, keyring)
        if not users_to_rewrap(database, Vault(keyring)):  # else: finish what was begun
            keyring = keyring.rotated()
            write_keyring(environment.keyring_file, keyring, replace=True)
        changed = rewrap_all(database, Vault(keyring))
    finally:
        database.close()
    typer.echo(f"{keyring.active} is the active key now; {changed} users' keys were rewrapped.")
