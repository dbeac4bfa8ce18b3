"""What the supervisor does while all runs: restarts, ends, output."""

import asyncio
import os
import signal
import time

import pytest

from kordant_pipelines.runtime.supervisor import Backoff, Step
from kordant_pipelines_tests.runtime.helpers import eventually, is_gone
from kordant_pipelines_tests.runtime.supervised import Run, forever, talker


def test_what_a_dead_child_left_in_its_group_is_killed_before_it_starts_again() -> None:
    leaves = """
import subprocess
print(subprocess.Popen(["/bin/sleep", "30"]).pid)
raise SystemExit(3)
"""
    run = Run([talker("leaves", leaves, restart=True)], backoff=Backoff(first=60, longest=60))

    async def wait() -> None:
        await run.until("kordant", "leaves exited with code 3")
        await asyncio.to_thread(eventually, lambda: is_gone(int(run.said("leaves")[0])))

    assert run(wait) == 0


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

    async def wait() -> None:
        await run.until("other", "started")

    mortal = "import signal, os; print('up'); os.kill(os.getpid(), signal.SIGKILL)"
    run = Run([talker("other")], [Step(name="wait", action=wait)], [talker("mortal", mortal)])

    assert run.until_signal(forever) == 1
    assert run.supervisor.failure == "mortal was killed by SIGKILL, so everything was stopped."
    assert run.said("other") == ["started", "stopping"]


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


def test_a_detached_grandchild_that_keeps_the_output_open_holds_nothing_up() -> None:
    leaves = """
import subprocess, sys
print(subprocess.Popen(["/bin/sleep", "30"], start_new_session=True).pid)
"""
    run = Run([talker("leaves", leaves)])

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

    assert run.until_signal(forever) == 1
    lines = run.said("odd")
    assert lines[:3] == ["one", "two \N{REPLACEMENT CHARACTER}", ""]
    assert sum(map(len, lines[3:-1])) == 200_000
    assert len(lines) > 4
    assert lines[-1] == "no end!"
