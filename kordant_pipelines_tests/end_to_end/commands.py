"""Running the commands as a user would."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

BIN = Path(sys.executable).parent
PROJECT = Path(__file__).parents[2]


def environment(home: Path, **more: str) -> dict[str, str]:
    """A shell's environment with nothing of ours set but the state folder and a free port."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("KORDANT_", "DAGSTER_"))}
    return {
        **kept,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "KORDANT_HOME": str(home),
        "KORDANT_PORT": "0",
        # Nothing here may reach the real providers; no server listens on this port.
        "KORDANT_HIBP_URL": "http://127.0.0.1:9/api/v3",
        "KORDANT_LEAKCHECK_URL": "http://127.0.0.1:9/api/v2",
        "KORDANT_ACRIS_URL": "http://127.0.0.1:9/resource",
        "KORDANT_COOK_URL": "http://127.0.0.1:9/resource",
        "KORDANT_PHILADELPHIA_URL": "http://127.0.0.1:9/api/v2",
        "KORDANT_ATTOM_URL": "http://127.0.0.1:9/propertyapi/v1.0.0",
        **more,
    }


def run(
    *words: str, env: Mapping[str, str], timeout: float = 240
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; its output as text."""
    return subprocess.run(
        words, env=env, cwd=PROJECT, capture_output=True, text=True, timeout=timeout, check=False
    )


def exported(home: Path) -> dict[str, str]:
    """The environment after `eval "$(kordant env)"`."""
    env = environment(home)
    shell = 'eval "$(kordant env)" && env -0'
    answer = run("sh", "-c", shell, env=env)
    assert answer.returncode == 0, answer.stderr
    lines = (line.partition("=") for line in answer.stdout.split("\0") if line)
    return {name: value for name, _, value in lines}


class Started:
    """A command that stays until it is told to stop."""

    def __init__(self, process: subprocess.Popen[str], output: Path) -> None:
        self._process = process
        self._output = output

    @property
    def output(self) -> str:
        """What it has written so far."""
        return self._output.read_text()

    def wait_for(self, text: str, timeout: float = 120) -> None:
        """Wait until it has written `text`."""
        deadline = time.monotonic() + timeout
        while text not in self.output:
            assert self._process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.2)

    def family(self) -> list[psutil.Process]:
        """Its process and all below it."""
        top = psutil.Process(self._process.pid)
        return [top, *top.children(recursive=True)]

    def send(self, number: signal.Signals) -> None:
        """Send a signal to its main process."""
        self._process.send_signal(number)

    def stop(self, number: signal.Signals, timeout: float = 90) -> int:
        """Send a signal to its main process; the exit code."""
        self._process.send_signal(number)
        return self._process.wait(timeout)


@contextmanager
def started(*words: str, env: Mapping[str, str], output: Path) -> Generator[Started]:
    """Start a command; whatever is left of it at the end of the block is killed."""
    with output.open("w") as file:
        process = subprocess.Popen(
            words, env=env, cwd=PROJECT, stdout=file, stderr=subprocess.STDOUT, text=True
        )
    command = Started(process, output)
    try:
        yield command
    finally:
        if process.poll() is None:
            for member in command.family():
                member.kill()
            process.wait()
