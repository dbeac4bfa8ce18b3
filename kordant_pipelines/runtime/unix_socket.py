"""Who listens on a Unix socket, asked of the kernel; and how to stop a server left over there."""

import os
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path

from kordant_pipelines.runtime.errors import ServerUnusable

_SOL_LOCAL, _LOCAL_PEERPID = 0, 2  # macOS <sys/un.h>; Python names neither


def listener_pid(path: Path) -> int | None:
    """Pid of the process listening on `path`; None if nobody does.

    A pid file can name a process that has since become another one; the kernel's answer cannot.

    Raises:
        ServerUnusable: somebody listens there whom this user may not reach.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(2.0)
        try:
            link.connect(str(path))
            if sys.platform == "darwin":
                return link.getsockopt(_SOL_LOCAL, _LOCAL_PEERPID)
            credentials = link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        except OSError as error:
            raise ServerUnusable(
                f"Something holds the socket {path} and does not answer ({error}). "
                "Stop the server that uses it, then start again."
            ) from error
    pid: int
    pid, _, _ = struct.unpack("3i", credentials)
    return pid


def stop_leftover(
    path: Path,
    *,
    signals: tuple[signal.Signals, ...],
    patience: float = 30.0,
    gone: Callable[[], bool] = lambda: True,
) -> None:
    """Stop whoever listens on `path`: each signal in turn, `patience` seconds apart, then SIGKILL.

    It has ended when nobody listens and `gone()` agrees (by then its locks are released).
    Returns at once if nobody listens.

    Raises:
        ServerUnusable: it is not ours to stop, or does not go.
    """
    pid = listener_pid(path)
    if pid is None:
        return
    for number in (*signals, signal.SIGKILL):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass
        except PermissionError as error:
            raise ServerUnusable(
                f"Process {pid} still serves {path} and belongs to another user. "
                f"Stop it as that user (kill {pid}), then start again."
            ) from error
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if listener_pid(path) is None and (gone() or number == signal.SIGKILL):
                return
            time.sleep(0.05)
    raise ServerUnusable(
        f"Process {pid}, left over on {path}, does not stop. Kill it (kill -9 {pid}), "
        "then start again."
    )
