"""One process at a time on a home."""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import IO

import pytest

from kordant_pipelines.runtime.errors import HomeInUse
from kordant_pipelines.runtime.layout import Layout
from kordant_pipelines.runtime.lock import exclusive, require_held

HOLD = """
import sys
from pathlib import Path
from kordant_pipelines.runtime.layout import Layout
from kordant_pipelines.runtime.lock import exclusive

with exclusive(Layout(Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(layout: Layout) -> Generator[subprocess.Popen[str]]:
    """Another process that holds the home until its input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(layout.home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert _output(process).readline() == "held\n"
        yield process


def _output(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stdout is not None
    return process.stdout


def test_a_second_process_is_refused_with_the_pid_and_the_home(layout: Layout) -> None:
    with holder(layout) as other:
        with pytest.raises(HomeInUse) as refusal, exclusive(layout):
            pass
        assert f"process {other.pid}" in str(refusal.value)
        assert str(layout.home) in str(refusal.value)
        assert refusal.value.pid == other.pid
    with exclusive(layout):  # it ended: the home is free again
        pass


def test_a_killed_process_holds_nothing(layout: Layout) -> None:
    with holder(layout) as other:
        other.kill()
        other.wait()
        with exclusive(layout):
            assert layout.lock_file.read_text() == f"{os.getpid()}\n"


def test_the_lock_nests_and_is_released_with_the_outermost(layout: Layout) -> None:
    with exclusive(layout):
        with exclusive(layout):
            pass
        require_held(layout)
        refused = subprocess.run(
            [sys.executable, "-c", HOLD, str(layout.home)],
            input="",
            capture_output=True,
            text=True,
            check=False,
        )
        assert f"process {os.getpid()}" in refused.stderr
    with pytest.raises(RuntimeError, match="exclusive"):
        require_held(layout)
    with holder(layout):
        pass
