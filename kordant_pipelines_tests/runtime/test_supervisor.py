"""Starting, keeping and stopping; children are tiny programs that tell what happens to them."""

import asyncio
import io
import os
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from kordant_pipelines.runtime.child import Child
from kordant_pipelines.runtime.errors import ChildFailed
from kordant_pipelines.runtime.layout import Layout
from kordant_pipelines.runtime.lock import exclusive
from kordant_pipelines.runtime.postgres import EmbeddedPostgres
from kordant_pipelines.runtime.probes import Probe, calls, listening
from kordant_pipelines.runtime.sinks import ConsoleSink
from kordant_pipelines.runtime.supervisor import Backoff, Stage, Step, Supervisor
from kordant_pipelines.runtime.valkey import EmbeddedValkey
from kordant_pipelines_tests.runtime.helpers import eventually, is_gone, program

UNTIL_TERM = """
import signal, sys
def stop(*_):
    print("stopping")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("started")
while True: signal.pause()
"""


class Run:
    """A supervised run whose console output can be looked at."""

    def __init__(self, *stages: Stage, backoff: Backoff | None = None, hurry_after: float = 0.5):
        self.stream = io.StringIO()
        self.supervisor = Supervisor(
            stages, ConsoleSink(self.stream), backoff=backoff, hurry_after=hurry_after
        )

    def __call__(self, on_ready: Callable[[], Awaitable[None]] | None = None) -> int:
        async def nothing() -> None:
            pass

        return asyncio.run(self.supervisor.run(on_ready=on_ready or nothing, then_stop=True))

    def until_signal(self, on_ready: Callable[[], Awaitable[None]]) -> int:
        return asyncio.run(self.supervisor.run(on_ready=on_ready))

    def said(self, name: str) -> list[str]:
        """What one program wrote."""
        lines = (line.partition("|") for line in self.stream.getvalue().splitlines())
        return [text.removeprefix(" ") for who, _, text in lines if who.strip() == name]

    def wrote(self, name: str, text: str) -> Probe:
        async def probe() -> bool:
            return any(text in line for line in self.said(name))

        return probe

    async def until(self, name: str, text: str) -> None:
        probe = self.wrote(name, text)
        async with asyncio.timeout(8):
            while not await probe():  # noqa: ASYNC110 - another program has no event to wait for
                await asyncio.sleep(0.01)


def talker(name: str, body: str = UNTIL_TERM, *, restart: bool = False, **more: float) -> Child:
    return Child(
        name=name,
        argv=program(body),
        restart=restart,
        stop_timeout=more.get("stop_timeout", 5.0),
        ready_timeout=more.get("ready_timeout", 5.0),
    )


def test_a_stage_starts_when_the_one_before_is_ready_and_stops_before_it(tmp_path: Path) -> None:
    socket = Path(os.path.relpath(tmp_path / "s"))
    diary = tmp_path / "diary"
    tell = f"""
import signal, sys
def note(text): open({str(diary)!r}, "a").write(text + "\\n")
def stop(*_):
    note(sys.argv[1] + " stops")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
"""
    slow = (
        tell
        + f"""
import socket, time
time.sleep(0.3)
server = socket.socket(socket.AF_UNIX)
note("server serves")
server.bind({str(socket)!r})
server.listen()
while True: signal.pause()
"""
    )
    user = tell + "note(sys.argv[1] + ' starts')\nwhile True: signal.pause()"

    async def step() -> None:
        with diary.open("a") as file:
            file.write("step\n")

    async def wait() -> None:
        await asyncio.to_thread(eventually, lambda: "user starts" in diary.read_text())

    run = Run(
        [Child(name="server", argv=[*program(slow), "server"], ready=listening(socket))],
        [Step(name="step", action=step)],
        [Child(name="user", argv=[*program(user), "user"])],
    )
    assert run(wait) == 0
    assert diary.read_text().splitlines() == [
        "server serves",
        "step",
        "user starts",
        "user stops",
        "server stops",
    ]


def test_children_of_one_stage_start_side_by_side(tmp_path: Path) -> None:
    # Each becomes ready only if the other runs already.
    meet = """
import pathlib, sys, signal
mine, other = map(pathlib.Path, sys.argv[1:])
mine.touch()
signal.pause()
"""
    one, two = tmp_path / "one", tmp_path / "two"

    def child(mine: Path, other: Path) -> Child:
        return Child(
            name=mine.name,
            argv=[*program(meet), str(mine), str(other)],
            ready=calls(lambda: mine.exists() and other.exists()),
            ready_timeout=5.0,
        )

    assert Run([child(one, two), child(two, one)])() == 0


def test_the_stop_signal_reaches_the_main_process_alone_and_the_rest_is_killed() -> None:
    family = """
import os, signal, subprocess, sys
grandchild = subprocess.Popen([sys.executable, "-I", "-S", "-u", "-c", '''
import signal
signal.signal(signal.SIGTERM, lambda *_: print("grandchild got SIGTERM"))
print("grandchild", flush=True)
while True: signal.pause()
'''])
def stop(*_):
    print("main got SIGTERM")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("session", os.getsid(0) == os.getpid(), grandchild.pid)
while True: signal.pause()
"""
    run = Run([talker("family", family)])

    async def wait() -> None:
        await run.until("family", "session")
        await run.until("family", "grandchild")

    assert run(wait) == 0
    (session,) = [line for line in run.said("family") if line.startswith("session")]
    _, own_session, grandchild = session.split()
    assert own_session == "True"
    assert "main got SIGTERM" in run.said("family")
    assert "grandchild got SIGTERM" not in run.said("family")
    eventually(lambda: is_gone(int(grandchild)))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_all_with_status_0(number: signal.Signals) -> None:
    run = Run([talker("a")])

    async def ask() -> None:
        await run.until("a", "started")
        os.kill(os.getpid(), number)

    before = signal.getsignal(number)
    assert run.until_signal(ask) == 0
    assert run.said("a") == ["started", "stopping"]
    assert signal.getsignal(number) is before


def test_a_signal_during_the_start_stops_what_had_started() -> None:
    async def never() -> bool:
        os.kill(os.getpid(), signal.SIGTERM)
        return False

    starting = Child(name="b", argv=program(UNTIL_TERM), ready=never, ready_timeout=60)
    run = Run([talker("a")], [starting], [talker("c")])
    assert run() == 0
    assert "stopping b (up to 10 s)" in run.said("kordant")
    assert run.said("c") == []


DEAF = """
import signal
signal.signal(signal.SIGTERM, lambda *_: print("heard"))
print("started")
while True: signal.pause()
"""


def test_a_second_signal_kills_what_is_left() -> None:
    run = Run([talker("first")], [talker("deaf", DEAF, stop_timeout=60)], hurry_after=0.05)

    async def ask_twice() -> None:
        await run.until("first", "started")
        await run.until("deaf", "started")
        os.kill(os.getpid(), signal.SIGINT)
        loop = asyncio.get_running_loop()
        loop.call_later(0.2, os.kill, os.getpid(), signal.SIGINT)

    began = time.monotonic()
    assert run.until_signal(ask_twice) == 0
    assert time.monotonic() - began < 5
    assert run.said("deaf") == ["started", "heard"]
    assert "deaf was killed" in run.said("kordant")
    assert "first was killed" in run.said("kordant")


def test_a_repeat_at_once_is_the_same_request() -> None:
    graceful = UNTIL_TERM.replace('print("stopping")', 'import time; time.sleep(0.2); print("bye")')
    run = Run([talker("a", graceful)], hurry_after=60)

    async def ask_twice() -> None:
        await run.until("a", "started")
        os.kill(os.getpid(), signal.SIGINT)
        asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), signal.SIGTERM)

    assert run.until_signal(ask_twice) == 0
    assert run.said("a") == ["started", "bye"]


def test_a_child_that_does_not_stop_in_time_is_killed() -> None:
    run = Run([talker("deaf", DEAF, stop_timeout=0.2)])
    assert run(lambda: run.until("deaf", "started")) == 0
    assert "deaf was killed" in run.said("kordant")


@pytest.mark.parametrize(
    ("healthy_after", "waits"),
    [(60.0, ["0.02 s", "0.04 s", "0.05 s", "0.05 s"]), (0.0, ["0.02 s"] * 4)],
)
def test_restarts_back_off_until_a_healthy_spell(healthy_after: float, waits: list[str]) -> None:
    backoff = Backoff(first=0.02, longest=0.05, healthy_after=healthy_after)
    run = Run([talker("fragile", "raise SystemExit(7)", restart=True)], backoff=backoff)

    async def four_failures() -> None:
        async with asyncio.timeout(8):
            while len(run.said("kordant")) < 5:  # noqa: ASYNC110 - another program has no event
                await asyncio.sleep(0.01)

    assert run(four_failures) == 0
    said = [line for line in run.said("kordant") if "again" in line][:4]
    assert said == [f"fragile exited with code 7; it starts again in {wait}" for wait in waits]


def test_the_end_of_a_child_that_may_not_restart_stops_all() -> None:
    mortal = "import signal, os; print('up'); os.kill(os.getpid(), signal.SIGKILL)"
    run = Run([talker("other")], [talker("mortal", mortal)])

    async def forever() -> None:
        await asyncio.Event().wait()

    assert run.until_signal(forever) == 1
    assert run.supervisor.failure == "mortal was killed by SIGKILL, so everything was stopped."
    assert run.said("other") == ["started", "stopping"]


def test_a_child_that_ends_before_it_is_ready_is_quoted_even_if_it_may_restart() -> None:
    async def never() -> bool:
        return False

    broken = "print('reading config'); print('no such port: 99999'); raise SystemExit(2)"
    run = Run(
        [talker("first")],
        [Child(name="web", argv=program(broken), ready=never, restart=True)],
        [talker("later")],
    )
    assert run() == 1
    assert run.supervisor.failure == (
        "web exited with code 2 before it was ready. Its last lines:"
        "\n    reading config\n    no such port: 99999"
    )
    assert run.said("later") == []
    assert "stopping first (up to 5 s)" in run.said("kordant")


def test_a_child_that_is_never_ready_fails_the_start() -> None:
    async def never() -> bool:
        return False

    slow = Child(name="slow", argv=program(UNTIL_TERM), ready=never, ready_timeout=0.3)
    run = Run([slow])
    assert run() == 1
    assert (run.supervisor.failure or "").startswith("slow was not ready within 0.3 s.")


def test_a_program_that_is_missing_is_named() -> None:
    run = Run([talker("first")], [Child(name="web", argv=["/nowhere/web", "--port", "1"])])
    assert run() == 1
    assert run.supervisor.failure == (
        "web could not be started: No such file or directory (/nowhere/web)."
    )


def test_the_caller_s_own_error_comes_out_once_all_is_stopped() -> None:
    run = Run([talker("a")])

    async def fail() -> None:
        await run.until("a", "started")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(fail)
    assert run.said("a") == ["started", "stopping"]


def test_the_caller_s_work_is_cancelled_when_a_child_fails() -> None:
    run = Run([talker("mortal", "import time; time.sleep(0.2)")])
    seen: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            seen.append("cancelled")

    assert run(work) == 1
    assert seen == ["cancelled"]


def test_a_failing_step_fails_the_start() -> None:
    async def migrate() -> None:
        raise ChildFailed("The databases could not be prepared.")

    run = Run([talker("a")], [Step(name="databases", action=migrate)], [talker("b")])
    assert run() == 1
    assert run.supervisor.failure == "The databases could not be prepared."
    assert run.said("b") == []


def test_a_detached_grandchild_that_keeps_the_output_open_holds_nothing_up() -> None:
    leaves = """
import subprocess, sys
print(subprocess.Popen(["/bin/sleep", "30"], start_new_session=True).pid)
"""
    run = Run([talker("leaves", leaves)])

    async def forever() -> None:
        await asyncio.Event().wait()

    began = time.monotonic()
    try:
        assert run.until_signal(forever) == 1
        assert time.monotonic() - began < 5
    finally:
        os.kill(int(run.said("leaves")[0]), signal.SIGKILL)


def test_output_of_any_shape_becomes_lines() -> None:
    shapes = r"""
import sys
sys.stdout.buffer.write(b"one\r\ntwo \xff\n\n" + b"x" * 200_000 + b"\nno end")
sys.stderr.write("!")
"""
    run = Run([talker("odd", shapes)])

    async def forever() -> None:
        await asyncio.Event().wait()

    assert run.until_signal(forever) == 1
    lines = run.said("odd")
    assert lines[:3] == ["one", "two \N{REPLACEMENT CHARACTER}", ""]
    assert sum(map(len, lines[3:-1])) == 200_000
    assert len(lines) > 4
    assert lines[-1] == "no end!"


def test_real_servers_come_up_prepared_and_go_down(layout: Layout) -> None:
    postgres, valkey = EmbeddedPostgres(layout), EmbeddedValkey(layout)

    async def databases() -> None:
        await asyncio.to_thread(postgres.ensure_databases, ["kordant", "dagster"])

    answers: list[bool] = []

    async def look() -> None:
        answers.extend([postgres.is_ready(), valkey.is_ready()])

    run = Run([postgres.child(), valkey.child()], [Step(name="databases", action=databases)])
    with exclusive(layout):
        postgres.prepare()
        valkey.prepare()
        assert run(look) == 0
    assert answers == [True, True]
    assert not postgres.is_ready()
    assert not valkey.is_ready()
    assert any("database system is shut down" in line for line in run.said("postgres"))
    assert any("ready to exit" in line for line in run.said("valkey"))
