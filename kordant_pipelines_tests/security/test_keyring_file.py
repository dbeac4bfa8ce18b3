"""The keyring's file: what is written is read again, and what is wrong is refused, unshown."""

import base64
import json
import os
import stat
import traceback
from pathlib import Path
from typing import Any

import pytest

from kordant_pipelines.domain.errors import Misconfigured
from kordant_pipelines.security.keyring import Keyring, read_keyring, write_keyring

SECRET = base64.b64encode(bytes(range(100, 132))).decode()
SHORT = base64.b64encode(bytes(range(100, 131))).decode()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "keyring.json"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def refusal(path: Path) -> str:
    """Why the file is refused; neither the sentence nor its traceback may show what is in it."""
    with pytest.raises(Misconfigured) as refused:
        read_keyring(path)
    whole = "".join(traceback.format_exception(refused.value))
    for piece in (SECRET, SHORT, SECRET[:12]):
        assert piece not in whole
    return str(refused.value)


def test_what_is_written_is_read_again(path: Path) -> None:
    keyring = Keyring.generate().rotated()
    write_keyring(path, keyring)
    assert read_keyring(path) == keyring


def test_it_is_for_its_owner_alone_whatever_the_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        write_keyring(path, Keyring.generate())
        write_keyring(path, read_keyring(path).rotated(), replace=True)
    finally:
        os.umask(before)
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)


@pytest.mark.parametrize("wider", [0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o644, 0o666])
def test_it_is_refused_when_others_may_open_it(path: Path, wider: int) -> None:
    write_keyring(path, Keyring.generate())
    path.chmod(wider)
    told = refusal(path)
    assert f"can be read by others (mode {wider:o})" in told
    assert f"Run: chmod 600 {path}" in told


@pytest.mark.parametrize("narrower", [0o600, 0o400])
def test_it_is_read_when_only_its_owner_may(path: Path, narrower: int) -> None:
    write_keyring(path, Keyring.generate())
    path.chmod(narrower)
    assert read_keyring(path).active == "k1"


def test_a_missing_one_is_refused_with_both_remedies(path: Path) -> None:
    told = refusal(path)
    assert f"There is no keyring at {path}" in told
    assert "`kordant keys init`" in told
    assert "restore the old file" in told


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    assert "cannot be read: Is a directory" in refusal(tmp_path)


def test_the_first_write_never_replaces(path: Path) -> None:
    first = Keyring.generate()
    write_keyring(path, first)
    with pytest.raises(FileExistsError):
        write_keyring(path, Keyring.generate())
    assert read_keyring(path) == first
    assert list(path.parent.iterdir()) == [path]


def test_replacing_makes_the_file_if_there_is_none(path: Path) -> None:
    keyring = Keyring.generate()
    write_keyring(path, keyring, replace=True)
    assert read_keyring(path) == keyring


@pytest.mark.parametrize("lost", ["master", "index"])
def test_a_key_is_never_replaced_away(path: Path, lost: str) -> None:
    held = Keyring.generate()
    write_keyring(path, held)
    new = Keyring.generate().rotated()
    kept: dict[str, Any] = {"index": held.index} if lost == "master" else {"master": held.master}
    with pytest.raises(Misconfigured, match=r"has keys that the new one lacks.*left as it is"):
        write_keyring(path, new.model_copy(update={"active": "k1", **kept}), replace=True)
    assert read_keyring(path) == held


def test_of_two_rotations_at_once_the_later_does_not_undo_the_earlier(path: Path) -> None:
    """Both made a k2; data is wrapped with the earlier's by now."""
    write_keyring(path, Keyring.generate())
    earlier, later = (read_keyring(path).rotated() for _ in range(2))
    write_keyring(path, earlier, replace=True)
    with pytest.raises(Misconfigured, match="Was it rotated meanwhile"):
        write_keyring(path, later, replace=True)
    assert read_keyring(path) == earlier


def test_a_file_that_is_no_keyring_is_not_replaced(path: Path) -> None:
    write_keyring(path, Keyring.generate())
    path.write_text("my diary")
    with pytest.raises(Misconfigured, match="is not a keyring"):
        write_keyring(path, Keyring.generate(), replace=True)
    assert path.read_text() == "my diary"


def wrong(**fields: Any) -> bytes:
    right: dict[str, Any] = {"active": "k1", "master": {"k1": SECRET}, "index": SECRET}
    return json.dumps({**right, **fields}).encode()


MALFORMED = {
    "empty": (b"", "Invalid JSON"),
    "no JSON": (SECRET.encode(), "Invalid JSON"),
    "cut short": (wrong()[:60], "Invalid JSON"),
    "not UTF-8": (wrong()[:-1] + b', "x": "\xff"}', "Invalid JSON"),
    "a list": (json.dumps([SECRET]).encode(), "object"),
    "no index": (json.dumps({"active": "k1", "master": {"k1": SECRET}}).encode(), "index: Field"),
    "no master": (json.dumps({"active": "k1", "index": SECRET}).encode(), "master: Field"),
    "master is no object": (wrong(master=[SECRET]), "master: Input should be"),
    "short master key": (wrong(master={"k1": SHORT}), "master.k1: a key is 32 bytes"),
    "short index": (wrong(index=SHORT), "index: a key is 32 bytes"),
    "not base64": (wrong(index=SECRET[:-2] + "!!"), "index: "),
    "no text": (wrong(index={"key": SECRET}), "index: "),
    "key for a name": (wrong(master={SECRET: "k1"}), "master: "),
    "a name we do not give": (wrong(master={"k1": SECRET, "prod": SECRET}), "master: "),
    "key for the active one": (wrong(active=SECRET), "active: String should match"),
    "the active one is missing": (wrong(active="k2"), "no master key 'k2'"),
    "no master keys": (wrong(master={}), "no master key 'k1'"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_one_is_refused_without_showing_it(path: Path, case: str) -> None:
    content, problem = MALFORMED[case]
    path.parent.mkdir()
    path.touch(0o600)
    path.write_bytes(content)
    told = refusal(path)
    assert problem in told
    assert "Restore" in told
