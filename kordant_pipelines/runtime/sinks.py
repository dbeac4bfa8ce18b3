"""Where the lines of supervised programs go: the terminal or files."""

import logging
import logging.handlers
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol, TextIO

_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
_COLOURS = ("36", "33", "32", "35", "34", "96", "93", "92", "95", "94")


class LogSink(Protocol):
    """Takes one line at a time; `name` is the program's, or `kordant` for the supervisor's own."""

    def line(self, name: str, text: str) -> None:
        """Take a line without its line end."""
        ...


class ConsoleSink:
    """`name | line`, names aligned, a colour each on a terminal (NO_COLOR turns that off)."""

    def __init__(
        self, stream: TextIO, names: Iterable[str] = (), *, colour: bool | None = None
    ) -> None:
        self._stream = stream
        self._width = max(map(len, names), default=0)
        self._colour = (
            stream.isatty() and "NO_COLOR" not in os.environ if colour is None else colour
        )
        self._colours: dict[str, str] = {}
        self._broken = False

    def line(self, name: str, text: str) -> None:
        """Write a line; once the reader is gone (`kordant up | head`) nothing more is written."""
        if self._broken:
            return
        self._width = max(self._width, len(name))
        prefix = f"{name:<{self._width}} |"
        if self._colour:
            code = self._colours.setdefault(name, _COLOURS[len(self._colours) % len(_COLOURS)])
            prefix = f"\x1b[{code}m{prefix}\x1b[0m"
        else:
            text = _plain(text)
        try:
            self._stream.write(f"{prefix} {text}\n")
            self._stream.flush()
        except OSError:
            self._broken = True


class FileSink:
    """`<name>.log` per program in a folder, rotated by size."""

    def __init__(self, folder: Path, *, max_bytes: int = 10_000_000, backups: int = 3) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._backups = backups
        self._files: dict[str, logging.handlers.RotatingFileHandler] = {}

    def line(self, name: str, text: str) -> None:
        """Append a line to the program's file."""
        file = self._files.get(name)
        if file is None:
            file = self._files[name] = logging.handlers.RotatingFileHandler(
                self._folder / f"{name}.log",
                maxBytes=self._max_bytes,
                backupCount=self._backups,
                encoding="utf-8",
            )
        file.emit(logging.makeLogRecord({"msg": _plain(text)}))

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()
        self._files.clear()


def _plain(text: str) -> str:
    """Without the colours that programs put in whoever reads them."""
    return _ESCAPES.sub("", text)
