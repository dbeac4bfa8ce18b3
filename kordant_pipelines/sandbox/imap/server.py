"""A mail server's IMAP side on the sandbox's own event loop."""

import asyncio
import socket

from kordant_pipelines.sandbox.bench import Bench
from kordant_pipelines.sandbox.imap.session import ImapSession


async def serve_imap(bench: Bench, bound: socket.socket) -> asyncio.Server:
    """Serve on a listening socket until the server is closed."""

    async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await ImapSession(bench.world.letters, reader, writer).serve()

    return await asyncio.start_server(session, sock=bound)
