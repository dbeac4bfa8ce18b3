"""Several writers at once, as processes that know nothing of each other."""

import fcntl
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kordant_pipelines.domain.errors import Misconfigured
from kordant_pipelines.security.keyring import Keyring, read_keyring, write_keyring

FIRST_START = """
import sys
from pathlib import Path
from kordant_pipelines.security.keyring import Keyring, write_keyring

keyring = Keyring.generate()
print("ready", flush=True)
sys.stdin.readline()
try:
    write_keyring(Path(sys.argv[1]), keyring)
except FileExistsError:
    print("lost")
else:
    print(keyring.index.hex())
"""


def test_of_first_starts_at_once_one_wins_and_the_others_learn_of_it(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "keyring.json"
    starts = [
        subprocess.Popen(
            [sys.executable, "-c", FIRST_START, path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for start in starts:
        assert start.stdout is not None
        assert start.stdout.readline() == "ready\n"
    for start in starts:
        assert start.stdin is not None
        start.stdin.write("go\n")
        start.stdin.flush()
    said = [start.communicate(timeout=30)[0].strip() for start in starts]

    assert [start.returncode for start in starts] == [0] * 4
    assert said.count("lost") == 3
    assert read_keyring(path).index.hex() in said
    assert list(path.parent.iterdir()) == [path]


def test_a_rotation_waits_for_another_and_then_sees_its_key(tmp_path: Path) -> None:
    path, lock_file = tmp_path / "keyring.json", tmp_path / ".keyring.json.lock"
    write_keyring(path, Keyring.generate())
    earlier, later = (read_keyring(path).rotated() for _ in range(2))
    with ThreadPoolExecutor(1) as pool:
        with lock_file.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            rotating = pool.submit(write_keyring, path, later, replace=True)
            with pytest.raises(TimeoutError):
                rotating.result(timeout=0.2)
            write_keyring(tmp_path / "other.json", earlier)
            (tmp_path / "other.json").replace(path)
        with pytest.raises(Misconfigured, match="Was it rotated meanwhile"):
            rotating.result(timeout=10)
    assert read_keyring(path) == earlier


def test_of_rotations_at_once_one_wins_and_no_key_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "keyring.json"
    write_keyring(path, Keyring.generate())
    rotations = [read_keyring(path).rotated() for _ in range(8)]
    gate = threading.Barrier(len(rotations))

    def has_won(new: Keyring) -> bool:
        gate.wait(10)
        try:
            write_keyring(path, new, replace=True)
        except Misconfigured:
            return False
        return True

    with ThreadPoolExecutor(len(rotations)) as pool:
        won = list(pool.map(has_won, rotations))
    assert [new for new, one in zip(rotations, won, strict=True) if one] == [read_keyring(path)]


def test_a_reader_finds_a_whole_keyring_at_every_moment(tmp_path: Path) -> None:
    path = tmp_path / "keyring.json"
    write_keyring(path, Keyring.generate())

    def rotate() -> None:
        for _ in range(40):
            write_keyring(path, read_keyring(path).rotated(), replace=True)

    with ThreadPoolExecutor(1) as pool:
        rotating = pool.submit(rotate)
        while not rotating.done():
            keyring = read_keyring(path)
            assert keyring.active in keyring.master
        rotating.result()
    assert len(read_keyring(path).master) == 41
