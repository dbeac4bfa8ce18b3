"""What the embedded servers share: waiting for one, and running one in a `with` block."""

import pwd
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from kordant_pipelines.runtime.child import Child, describe
from kordant_pipelines.runtime.errors import ServerUnusable
from kordant_pipelines.runtime.layout import Layout
from kordant_pipelines.runtime.lifeline import Lifeline
from kordant_pipelines.runtime.lock import exclusive

_POLL_SECONDS = 0.05


class EmbeddedServer(ABC):
    """A server from a wheel, on a Unix socket, its data under the layout's home."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    @abstractmethod
    def prepare(self) -> None:
        """Make the data folder, stop a server left over from a killed parent.

        Call it while holding the home (`lock.exclusive`), before each start of `child()`.
        """

    @abstractmethod
    def child(self) -> Child:
        """The server as the supervisor runs it."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether the server answers now."""

    def wait_ready(self, timeout: float = 30.0) -> None:
        """Wait until the server answers; ServerUnusable after `timeout` seconds."""
        self._wait(timeout, alive=lambda: None)

    @contextmanager
    def running(self, timeout: float = 60.0) -> Generator[Self]:
        """Run the server for the length of a `with` block, whose end stops it whatever happens.

        Its output goes to `logs/<name>.log`.

        Raises:
            HomeInUse: another process runs on this home.
            ServerUnusable: the server does not come up within `timeout` seconds.
        """
        with exclusive(self.layout), Lifeline() as lifeline:
            self.prepare()
            child = self.child()
            log = self.layout.logs / f"{child.name}.log"
            with log.open("ab") as output:
                process = subprocess.Popen(
                    child.argv,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env=child.env,
                    cwd=child.cwd,
                    start_new_session=True,
                    user=child.user,
                    group=pwd.getpwnam(child.user).pw_gid if child.user else None,
                    extra_groups=[] if child.user else None,
                )
            lifeline.watch(
                process.pid, stop_signal=child.stop_signal, stop_timeout=child.stop_timeout
            )
            try:
                self._wait(timeout, alive=lambda: self._check_alive(process, log))
                yield self
            finally:
                process.send_signal(child.stop_signal)
                try:
                    process.wait(child.stop_timeout)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
                lifeline.forget(process.pid)

    def _check_alive(self, process: subprocess.Popen[bytes], log: Path) -> None:
        code = process.poll()
        if code is not None:
            last = "".join(f"\n    {line}" for line in _last_lines(log))
            raise ServerUnusable(
                f"{self.child().name} {describe(code)} before it was ready. "
                f"Its last lines in {log}:{last}"
            )

    def _wait(self, timeout: float, *, alive: Callable[[], None]) -> None:
        deadline = time.monotonic() + timeout
        while not self.is_ready():
            alive()
            if time.monotonic() >= deadline:
                raise ServerUnusable(
                    f"{self.child().name} on {self.layout.home} did not answer within "
                    f"{timeout:g} s. Look into {self.layout.logs} for the reason."
                )
            time.sleep(_POLL_SECONDS)


def _last_lines(log: Path) -> list[str]:
    with log.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 4096))
        return file.read().decode(errors="replace").splitlines()[-10:]
