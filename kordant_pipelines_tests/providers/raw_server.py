"""A loopback server that sends exactly the bytes it is told to, for answers no framework makes."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Answer = bytes | Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class RawServer:
    """Its URL and the heads of the requests it got."""

    url: str = ""
    requests: list[str] = field(default_factory=list[str])


@asynccontextmanager
async def raw_server(*answers: Answer) -> AsyncGenerator[RawServer]:
    """Serve one answer per connection, in order, the last one for all further ones."""
    seen = RawServer()
    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (task := asyncio.current_task()) is not None:
            serving.add(task)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            seen.requests.append(head.decode())
            answer = answers[min(len(seen.requests), len(answers)) - 1]
            if isinstance(answer, bytes):
                writer.write(answer)
                await writer.drain()
            else:
                await answer(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    seen.url = f"http://{host}:{port}"
    async with server:
        yield seen
    if serving:
        await asyncio.wait(serving, timeout=2)


def http(status: int, body: bytes = b"", **headers: str) -> bytes:
    """A whole HTTP answer; a header's underscores stand for hyphens."""
    lines = [f"HTTP/1.1 {status} Whatever", f"content-length: {len(body)}", "connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def json_answer(status: int, body: str, **headers: str) -> bytes:
    """A whole HTTP answer in JSON."""
    return http(status, body.encode(), content_type="application/json", **headers)


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say nothing until the other side gives up."""
    del writer
    await reader.read()
