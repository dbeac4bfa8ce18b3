"""The supervisor's stop: who is asked, who is killed, and when."""

import asyncio
import os
import signal
import time

import pytest

from kordant_pipelines.runtime.child import Child
from kordant_pipelines_tests.runtime.helpers import eventually, is_gone, program
from kordant_pipelines_tests.runtime.supervised import UNTIL_TERM, Run, talker


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

    def ours(_number: int, _frame: object) -> None:
        raise AssertionError("the supervisor handles it meanwhile")

    before = signal.signal(number, ours)
    try:
        assert run.until_signal(ask) == 0
        assert signal.getsignal(number) is ours
    finally:
        signal.signal(number, before)
    assert run.said("a") == ["started", "stopping"]


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


def test_the_caller_s_own_error_comes_out_once_all_is_stopped() -> None:
    run = Run([talker("a")])

    async def fail() -> None:
        await run.until("a", "started")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(fail)
    assert run.said("a") == ["started", "stopping"]


@pytest.mark.parametrize(
    ("body", "expected"), [(DEAF, ["after", "first"]), (UNTIL_TERM, ["first"])]
)
def test_what_remains_to_be_done_after_a_kill_is_done_before_the_next_stage_stops(
    body: str, expected: list[str]
) -> None:
    done: list[str] = []

    async def after() -> None:
        assert "stopping" not in run.said("first")
        done.append("after")

    killed = Child(name="deaf", argv=program(body), stop_timeout=0.2, after_kill=after)
    run = Run([talker("first")], [killed])

    async def wait() -> None:
        await run.until("first", "started")
        await run.until("deaf", "started")

    assert run(wait) == 0
    done += ["first"] if "stopping" in run.said("first") else []
    assert done == expected
