"""Getting at the web server: who may before it listens, and with what commands sign in."""

import os
from ipaddress import ip_address
from pathlib import Path

from kordant_pipelines.domain.access import Role
from kordant_pipelines.domain.clock import utc_now
from kordant_pipelines.domain.errors import Misconfigured
from kordant_pipelines.runtime.environment import Environment, resolve
from kordant_pipelines.runtime.stack import reached_at
from kordant_pipelines.services.access.tokens import LOCAL, Tokens
from kordant_pipelines.settings import Settings
from kordant_pipelines.storage.database import Database


def prepare_access(environment: Environment, host: str, port: int) -> None:
    """Make this home's own token anew, and note where commands find the web server.

    Raises:
        Misconfigured: `host` lets other machines in, and nobody has a token yet.
    """
    database = Database(environment.database_url)
    try:
        tokens = Tokens(database, utc_now)
        if not is_loopback(host) and not tokens.any_beside_local():
            raise _nobody_known(host)
        token = tokens.replace(LOCAL, Role.OPERATOR)
        _write_private(environment.layout.local_token, str(token))
        address = f"http://{reached_at(host)}:{port}"
        _write_private(environment.layout.web_address, address)
    finally:
        database.close()


def require_anybody_known(environment: Environment, host: str) -> None:
    """Before anything is started, refuse what `prepare_access` is bound to refuse.

    Raises:
        Misconfigured: `host` lets other machines in, and there is no database yet to hold a token.
    """
    is_new = environment.postgres is not None and not environment.layout.postgres_data.exists()
    if is_new and not is_loopback(host):
        raise _nobody_known(host)


def _nobody_known(host: str) -> Misconfigured:
    return Misconfigured(
        f"KORDANT_HOST is {host!r}, which others reach, but nobody has a token. Start it on "
        "127.0.0.1, run `kordant tokens create NAME --role operator`, and start it again; or "
        "leave it there, behind a proxy."
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens on `host`."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def web_address(settings: Settings, url: str | None) -> str:
    """Where the web server is: as told, as the system on this home noted, or as settings say."""
    if url is None:
        try:
            return resolve(settings).layout.web_address.read_text()
        except OSError:
            url = f"http://{reached_at(settings.host)}:{settings.port}"
    return url.rstrip("/")


def web_token(settings: Settings) -> str | None:
    """What commands sign in with: KORDANT_TOKEN, or this home's own token if it may be read."""
    if settings.token is not None:
        return settings.token.get_secret_value()
    try:
        return resolve(settings).layout.local_token.read_text().strip()
    except OSError:
        return None


def _write_private(path: Path, text: str) -> None:
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)
