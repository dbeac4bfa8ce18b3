"""A child's output, read from a pipe of ours and cut into lines.

asyncio's own pipes are not used: with them `wait()` waits for grandchildren to close them too.
"""

import asyncio
import os
from collections import deque
from contextlib import suppress
from typing import Self

from kordant_pipelines.runtime.sinks import LogSink

_LONGEST_LINE = 64 * 1024
_TAIL_LINES = 20


class Lines(asyncio.Protocol):
    """Hands each line to the sink as `name`'s, and remembers the last twenty."""

    def __init__(self, name: str, sink: LogSink) -> None:
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._name = name
        self._sink = sink
        self._rest = b""
        self._transport: asyncio.BaseTransport | None = None
        self._ended = asyncio.Event()

    @classmethod
    async def read(cls, descriptor: int, name: str, sink: LogSink) -> Self:
        """Start reading; the descriptor is closed with the reader."""
        pipe = os.fdopen(descriptor, "rb", buffering=0)
        _, lines = await asyncio.get_running_loop().connect_read_pipe(lambda: cls(name, sink), pipe)
        return lines

    @property
    def tail(self) -> str:
        """The last lines, indented, each after a line break."""
        return "".join(f"\n    {line}" for line in self._tail) or "\n    (no output)"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asyncio's call at the start."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Asyncio's call for each piece."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _LONGEST_LINE:
            lines.append(self._rest)
            self._rest = b""
        for line in lines:
            self._emit(line)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Asyncio's call at the end."""
        if self._rest:
            self._emit(self._rest)
            self._rest = b""
        self._ended.set()

    async def drained(self) -> None:
        """Wait for the last lines, but not for a detached grandchild that keeps the pipe open."""
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await self._ended.wait()
        self.close()

    def close(self) -> None:
        """Stop reading."""
        if self._transport:
            self._transport.close()

    def _emit(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip("\r")
        self._tail.append(text)
        self._sink.line(self._name, text)
