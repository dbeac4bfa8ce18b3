"""The supervisor's start: stages, readiness, and what a failed start says."""

import asyncio
import os
from pathlib import Path

from kordant_pipelines.runtime.child import Child
from kordant_pipelines.runtime.errors import ChildFailed
from kordant_pipelines.runtime.layout import Layout
from kordant_pipelines.runtime.lock import exclusive
from kordant_pipelines.runtime.postgres import EmbeddedPostgres
from kordant_pipelines.runtime.probes import calls, listening
from kordant_pipelines.runtime.supervisor import Step
from kordant_pipelines.runtime.valkey import EmbeddedValkey
from kordant_pipelines_tests.runtime.helpers import eventually, program
from kordant_pipelines_tests.runtime.supervised import UNTIL_TERM, Run, talker


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


def test_a_failing_step_fails_the_start() -> None:
    async def migrate() -> None:
        raise ChildFailed("The databases could not be prepared.")

    run = Run([talker("a")], [Step(name="databases", action=migrate)], [talker("b")])
    assert run() == 1
    assert run.supervisor.failure == "The databases could not be prepared."
    assert run.said("b") == []


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
