"""Reaping orphans, in a process of its own: here it would take pytest's children."""

import subprocess
import sys

PROGRAM = """
import os, time
from kordant_pipelines.runtime.orphans import reap_once

def child(code):
    pid = os.fork()
    if pid == 0:
        os._exit(code)
    return pid

assert reap_once(()) == []
orphan, ours, later = child(1), child(2), child(3)
os.waitid(os.P_PID, later, os.WEXITED | os.WNOWAIT)
os.waitid(os.P_PID, ours, os.WEXITED | os.WNOWAIT)
os.waitid(os.P_PID, orphan, os.WEXITED | os.WNOWAIT)
first = reap_once({ours})
assert ours not in first
assert os.waitstatus_to_exitcode(os.waitpid(ours, 0)[1]) == 2, "its own waiter learns how it ended"
assert sorted(first + reap_once({ours})) == sorted([orphan, later])
print("fine")
"""


def test_orphans_are_reaped_and_ours_are_left_to_those_who_wait_for_them() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False
    )
    assert answer.stdout == "fine\n", answer.stderr
