"""Errors of starting and keeping other programs; the text of each says what to do.

KordantError
├── Misconfigured
│   ├── HomeInUse        another process runs on this state folder
│   ├── HomeUnusable     the state folder cannot be made, or is not ours
│   └── ServerUnusable   an embedded server cannot start here
└── ChildFailed          a supervised program ended, or was not ready in time
"""

from pathlib import Path

from kordant_pipelines.domain.errors import KordantError, Misconfigured


class HomeInUse(Misconfigured):
    """Another process runs on this state folder; `pid` is None if it could not be read."""

    def __init__(self, home: Path, pid: int | None) -> None:
        self.home = home
        self.pid = pid
        holder = f"process {pid}" if pid else "another process"
        super().__init__(
            f"Kordant already runs on {home} ({holder}). "
            "Stop that one first, or set KORDANT_HOME to another folder."
        )


class HomeUnusable(Misconfigured):
    """The state folder, or the folder of its sockets, cannot be made or belongs to someone else."""


class ServerUnusable(Misconfigured):
    """An embedded server cannot start here, or did not answer in time."""


class ChildFailed(KordantError):
    """A supervised program ended by itself, could not be started, or was not ready in time."""
