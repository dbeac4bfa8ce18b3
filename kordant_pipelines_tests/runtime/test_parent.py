"""What becomes of children when their parent was started oddly, or is killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from kordant_pipelines.runtime.layout import Layout
from kordant_pipelines.runtime.valkey import EmbeddedValkey
from kordant_pipelines_tests.runtime.helpers import eventually, is_gone

PARENT = """
import asyncio, sys
from kordant_pipelines.runtime.child import Child
from kordant_pipelines.runtime.sinks import ConsoleSink
from kordant_pipelines.runtime.supervisor import Supervisor

def child(name, body):
    argv = [sys.executable, "-I", "-S", "-u", "-c", body, sys.argv[2], name]
    return Child(name=name, argv=argv, stop_timeout=1.0)

stages = [[child("first", sys.argv[1])], [child("second", sys.argv[1])]]
sys.exit(asyncio.run(Supervisor(stages, ConsoleSink(sys.stdout)).run()))
"""


@contextmanager
def parent(body: str, diary: Path, *shell: str) -> Generator[subprocess.Popen[str]]:
    """A supervisor of two children that run `body`, in a process of its own."""
    with subprocess.Popen(
        [*shell, sys.executable, "-c", PARENT, body, str(diary)],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_children_of_a_parent_that_ignores_sigint_do_not(tmp_path: Path) -> None:
    body = """
import signal
for number in (signal.SIGINT, signal.SIGTERM):
    print(number.name, signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler))
signal.pause()
"""
    ignoring = ("/bin/sh", "-c", 'trap "" INT TERM; exec "$@"', "sh")
    with parent(body, tmp_path, *ignoring) as process:
        assert process.stdout is not None
        seen = [next(process.stdout) for _ in range(6)]
        assert sum("SIGINT True" in line for line in seen) == 2
        assert sum("SIGTERM True" in line for line in seen) == 2
        process.send_signal(signal.SIGINT)
        assert "second" in process.stdout.read()
        assert process.wait() == 0


def test_children_of_a_killed_parent_are_stopped_in_reverse_with_their_groups(
    tmp_path: Path,
) -> None:
    diary = tmp_path / "diary"
    body = """
import os, signal, subprocess, sys
def note(*words):
    with open(sys.argv[1], "a") as file: print(*words, file=file)
def stop(*_):
    note("stopped", sys.argv[2])
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
note("started", os.getpid(), subprocess.Popen(["/bin/sleep", "60"]).pid)
while True: signal.pause()
"""

    def noted(word: str) -> list[str]:
        lines = (line.partition(" ") for line in diary.read_text().splitlines())
        return [rest for what, _, rest in lines if what == word]

    with parent(body, diary) as process:
        eventually(lambda: diary.exists() and len(noted("started")) == 2)
        process.send_signal(signal.SIGKILL)
    for pid in map(int, " ".join(noted("started")).split()):
        eventually(lambda pid=pid: is_gone(pid))
    assert noted("stopped") == ["second", "first"]


def test_a_deaf_child_of_a_killed_parent_is_killed(tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    body = """
import os, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
with open(sys.argv[1], "a") as file: print(os.getpid(), file=file)
while True: signal.pause()
"""
    with parent(body, diary) as process:
        eventually(lambda: diary.exists() and len(diary.read_text().splitlines()) == 2)
        process.send_signal(signal.SIGKILL)
    for pid in map(int, diary.read_text().splitlines()):
        eventually(lambda pid=pid: is_gone(pid))


BLOCK = """
import os, signal, sys
from pathlib import Path
from kordant_pipelines.runtime.layout import Layout
from kordant_pipelines.runtime.unix_socket import listener_pid
from kordant_pipelines.runtime.valkey import EmbeddedValkey

with EmbeddedValkey(Layout(Path(sys.argv[1]))).running() as valkey:
    print(listener_pid(valkey.layout.valkey_socket), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_server_block_in_a_killed_process_leaves_no_server(layout: Layout) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", BLOCK, str(layout.home)], capture_output=True, text=True, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    server = int(killed.stdout)
    assert server != os.getpid()
    eventually(lambda: is_gone(server))
    assert not EmbeddedValkey(layout).is_ready()
