"""The keys that never enter a database: master keys by id, and the root of the blind indexes."""

import base64
import fcntl
import json
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator, ValidationError

from kordant_pipelines.domain.errors import Misconfigured

KEY_BYTES = 32


def _decode(value: object) -> bytes:
    key = value if isinstance(value, bytes) else base64.b64decode(str(value), validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key is {KEY_BYTES} bytes (44 characters of base64), not {len(key)}")
    return key


Key = Annotated[
    bytes,
    PlainValidator(_decode),
    PlainSerializer(lambda key: base64.b64encode(key).decode(), return_type=str),
]


_KEY_ID = r"^k[1-9][0-9]{0,8}$"
KeyId = Annotated[str, Field(pattern=_KEY_ID)]


class Keyring(BaseModel):
    """AES-256 master keys by id (`active` wraps new data keys) and the blind indexes' root key."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    active: KeyId
    master: dict[KeyId, Key]
    index: Key

    def __repr_args__(self) -> Iterator[tuple[str, object]]:
        # Every way to show a model (repr, str, rich, devtools) goes through here: ids, never keys.
        yield "active", self.active
        yield "master", list(self.master)

    @classmethod
    def generate(cls) -> "Keyring":
        """A fresh keyring with one master key."""
        return cls(
            active="k1",
            master={"k1": secrets.token_bytes(KEY_BYTES)},
            index=secrets.token_bytes(KEY_BYTES),
        )

    def rotated(self) -> "Keyring":
        """The same keyring with a new active master key; old ones stay until all is rewrapped."""
        new = f"k{1 + max(int(name.removeprefix('k')) for name in self.master)}"
        return self.model_copy(
            update={
                "active": new,
                "master": {**self.master, new: secrets.token_bytes(KEY_BYTES)},
            }
        )

    def master_key(self, key_id: str) -> bytes:
        """The master key with this id; Misconfigured if the keyring lacks it."""
        try:
            return self.master[key_id]
        except KeyError:
            raise Misconfigured(
                f"The keyring has no master key {key_id!r}, and data is wrapped with it. "
                "Restore the keyring file that has it (KORDANT_KEYRING_FILE)."
            ) from None


def read_keyring(path: Path) -> Keyring:
    """Read the keyring file.

    Raises:
        Misconfigured: it is missing, readable by others, or not a keyring.
    """
    try:
        mode = path.stat().st_mode
        text = path.read_bytes()
    except FileNotFoundError:
        raise Misconfigured(
            f"There is no keyring at {path}. `kordant keys init` makes one; if data was stored "
            "before, restore the old file instead: without it that data cannot be read."
        ) from None
    except OSError as error:
        raise Misconfigured(f"The keyring at {path} cannot be read: {error.strerror}.") from None
    if mode & 0o077:
        raise Misconfigured(
            f"The keyring at {path} can be read by others (mode {mode & 0o777:o}). "
            f"Run: chmod 600 {path}"
        )
    try:
        keyring = Keyring.model_validate_json(text)
    except ValidationError as error:
        problems = "; ".join(
            f"{_place(p['loc'])}{p['msg'].removeprefix('Value error, ')}"
            for p in error.errors(include_input=False, include_url=False, include_context=False)
        )
        raise Misconfigured(f"{path} is not a keyring ({problems}). Restore it.") from None
    keyring.master_key(keyring.active)
    return keyring


def _place(location: tuple[int | str, ...]) -> str:
    # Only names we gave: in a file gone wrong, a key may stand where a name should.
    known = [str(p) for p in location if p in Keyring.model_fields or re.match(_KEY_ID, str(p))]
    return f"{'.'.join(known)}: " if known else ""


def write_keyring(path: Path, keyring: Keyring, *, replace: bool = False) -> None:
    """Write `keyring` at `path`, mode 600, whole or not at all.

    Raises:
        FileExistsError: there is one already and `replace` is false.
        Misconfigured: the one to replace is no keyring, or has a key that `keyring` lacks.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            json.dump(keyring.model_dump(mode="json"), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            _replace(path, draft, keyring)
        else:
            os.link(draft, path)  # fails if the file is there: two first starts cannot both win
        _sync(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def _replace(path: Path, draft: Path, keyring: Keyring) -> None:
    """Put `draft` in the place of a keyring whose every key it has.

    Of two rotations at once, the later would drop the key that the earlier wraps data with.
    """
    with path.with_name(f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if path.exists():
            held = read_keyring(path)
            if held.index != keyring.index or not held.master.items() <= keyring.master.items():
                raise Misconfigured(
                    f"The keyring at {path} has keys that the new one lacks, so it was left as it "
                    "is. Was it rotated meanwhile? Read it again, then repeat."
                )
        draft.replace(path)


def _sync(folder: Path) -> None:
    """Make the folder's entries last: data is wrapped with the new key right after."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
