"""Where everything lies under the state folder; nothing else builds such paths."""

import hashlib
import os
import re
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from kordant_pipelines.runtime.errors import HomeUnusable

# sun_path holds 104 bytes on macOS and 108 on Linux, the closing NUL included.
SOCKET_PATH_LIMIT = 107 if sys.platform == "linux" else 103

_POSTGRES_SOCKET = ".s.PGSQL.5432"
# Postgres and libpq read a comma as the end of a path, URLs have their own special characters.
_PLAIN_PATH = re.compile(r"[A-Za-z0-9._/-]+")


@dataclass(frozen=True)
class Layout:
    """The paths under one state folder, the same in every process that knows `home`."""

    home: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "home", self.home.expanduser().resolve())

    @property
    def postgres_data(self) -> Path:
        """Postgres' data folder; it exists only once complete."""
        return self.home / "postgres"

    @property
    def valkey_data(self) -> Path:
        """Valkey's append-only files."""
        return self.home / "valkey"

    @property
    def logs(self) -> Path:
        """One log file per program, rotated by size."""
        return self.home / "logs"

    @property
    def keys(self) -> Path:
        """The keyring file, in a folder of its own."""
        return self.home / "keys" / "keyring.json"

    @property
    def local_token(self) -> Path:
        """The web server's token for commands of whoever may read it, made anew at each start."""
        return self.keys.parent / "local-token"

    @property
    def dagster_home(self) -> Path:
        """DAGSTER_HOME of the embedded mode."""
        return self.home / "dagster"

    @property
    def run(self) -> Path:
        """Lock and pid files."""
        return self.home / "run"

    @property
    def lock_file(self) -> Path:
        """Locked by the one process that runs on this home; holds its pid."""
        return self.run / "kordant.lock"

    @property
    def web_address(self) -> Path:
        """Where the web server that was last started on this home is reached from here."""
        return self.run / "web-address"

    @property
    def sockets(self) -> Path:
        """Folder of the Unix sockets: `run`, or a short folder in /tmp if `run` does not serve."""
        longest = self.run / "pg" / _POSTGRES_SOCKET
        fits = len(os.fsencode(longest)) <= SOCKET_PATH_LIMIT
        if fits and _PLAIN_PATH.fullmatch(str(self.run)):
            return self.run
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        # Not TMPDIR: it may differ between the shells that have to agree on the path.
        return Path("/tmp") / f"kordant-{os.geteuid()}-{digest}"  # noqa: S108 - owner checked in ensure

    @property
    def postgres_sockets(self) -> Path:
        """Folder of Postgres' socket, its own because as root Postgres runs as another user."""
        return self.sockets / "pg"

    @property
    def postgres_socket(self) -> Path:
        """Postgres' socket."""
        return self.postgres_sockets / _POSTGRES_SOCKET

    @property
    def valkey_socket(self) -> Path:
        """Valkey's socket."""
        return self.sockets / "valkey.sock"

    @property
    def code_server_socket(self) -> Path:
        """Socket of Dagster's code server."""
        return self.sockets / "code.sock"

    def ensure(self) -> None:
        """Make the folders, closed to other users (as root: passable, but not readable).

        An existing home keeps its mode. `postgres_data` is left to `EmbeddedPostgres.prepare`.

        Raises:
            HomeUnusable: a folder cannot be made, or the one in /tmp is someone else's.
        """
        # As root, Postgres runs as another user and has to pass through to its own folders.
        passable = 0o711 if os.geteuid() == 0 else 0o700
        try:
            if not self.home.exists():
                self.home.mkdir(parents=True)
                self.home.chmod(passable)
            _claim(self.run, passable)
            _claim(self.sockets, passable)
            for private in (self.valkey_data, self.logs, self.keys.parent, self.dagster_home):
                _claim(private, 0o700)
            if not self.postgres_sockets.exists():
                _claim(self.postgres_sockets, 0o700)
        except OSError as error:
            raise HomeUnusable(
                f"{error.filename or self.home} cannot be used: {error.strerror}. "
                "Set KORDANT_HOME to a folder this user may write to."
            ) from error


def _claim(folder: Path, mode: int) -> None:
    try:
        folder.mkdir(mode=mode)
    except FileExistsError:
        found = folder.lstat()
        # In a shared folder anyone could have made it first, to read or replace our sockets.
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise HomeUnusable(
                f"{folder} is not a folder of the user Kordant runs as (uid {os.geteuid()}). "
                "Remove it, run as its owner, or set KORDANT_HOME to another folder."
            ) from None
    folder.chmod(mode)
