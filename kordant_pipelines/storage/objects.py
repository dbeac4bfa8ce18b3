"""Where documents are kept that are too large for the database: a folder or an S3 bucket.

What is put here is encrypted before. A place is made of parts that can mean nothing else: no part
leads out of the store, whatever ids are made of.
"""

import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, cast

import fsspec  # pyright: ignore[reportMissingTypeStubs] - it ships none; used here alone

from kordant_pipelines.domain.errors import Misconfigured

_PART = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}", re.ASCII)


class UnsafePath(ValueError):
    """A part of a place is not a plain name; nothing was read or written."""


class StoreUnusable(Misconfigured):
    """The store of reports does not answer, or refuses."""

    def __init__(self, url: str, error: Exception) -> None:
        super().__init__(
            f"The store of reports {url} cannot be used ({type(error).__name__}). Correct "
            "KORDANT_REPORTS_URL, or for a bucket the AWS variables that name its endpoint and "
            "keys."
        )


class _Files(Protocol):
    """What is used of fsspec's file systems, which are untyped."""

    def pipe_file(self, path: str, value: bytes) -> None: ...
    def cat_file(self, path: str) -> bytes: ...
    def rm(self, path: str, *, recursive: bool) -> None: ...
    def find(self, path: str) -> list[str]: ...
    def invalidate_cache(self) -> None: ...


class ObjectStore:
    """The objects under one URL, `file:///folder` or `s3://bucket/prefix`."""

    def __init__(self, url: str) -> None:
        self.url = url

    def put(self, folder: str, name: str, content: bytes) -> None:
        """Write an object, replacing what was there.

        Raises:
            UnsafePath: `folder` or `name` is not a plain name.
            StoreUnusable: it could not be written.
        """
        with self._opened() as (files, root):
            place = _within(root, folder, name)
            if self.url.startswith("file:"):
                _make_private(Path(place).parent)
            files.pipe_file(place, content)

    def get(self, folder: str, name: str) -> bytes | None:
        """An object's content; None if there is none.

        Raises:
            UnsafePath, StoreUnusable: as `put`.
        """
        with self._opened() as (files, root):
            try:
                return files.cat_file(_within(root, folder, name))
            except FileNotFoundError:
                return None

    def remove_all(self, folder: str) -> int:
        """Remove every object under `folder`; how many there were.

        Raises:
            UnsafePath, StoreUnusable: as `put`.
        """
        with self._opened() as (files, root):
            files.invalidate_cache()  # others write here too
            place = _within(root, folder)
            found = files.find(place)
            if found:
                files.rm(place, recursive=True)
            return len(found)

    @contextmanager
    def _opened(self) -> Generator[tuple[_Files, str]]:
        # fsspec keeps a file system per process and thread, so this is no new connection each time.
        try:
            yield cast("tuple[_Files, str]", fsspec.core.url_to_fs(self.url))  # pyright: ignore[reportUnknownMemberType]
        except (UnsafePath, StoreUnusable):
            raise
        except Exception as error:  # noqa: BLE001 - see below
            # botocore's errors have no base in common with the system's, and quote addresses.
            raise StoreUnusable(self.url, error) from None


def _make_private(folder: Path) -> None:
    if not folder.exists():
        _make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _within(root: str, *parts: str) -> str:
    if not all(_PART.fullmatch(part) for part in parts):
        raise UnsafePath("a part of the object's path is not a plain name")
    return "/".join((root.rstrip("/"), *parts))
