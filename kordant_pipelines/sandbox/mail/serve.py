"""Serving mail in the sandbox's own event loop, on sockets bound before."""

import asyncio
import socket
from dataclasses import dataclass

from aiosmtpd.smtp import SMTP

from kordant_pipelines.sandbox.mail.imap import ImapSession
from kordant_pipelines.sandbox.mail.smtp import LetterHandler
from kordant_pipelines.sandbox.world.world import World


@dataclass(frozen=True, slots=True)
class MailSockets:
    """Where the mail server listens."""

    smtp: socket.socket
    imap: socket.socket

    def close(self) -> None:
        """Give the ports back."""
        self.smtp.close()
        self.imap.close()


class MailServer:
    """SMTP and IMAP over one world."""

    def __init__(self, world: World, sockets: MailSockets) -> None:
        self._world = world
        self._sockets = sockets
        self._servers: list[asyncio.Server] = []

    async def start(self) -> None:
        """Listen from now on."""
        loop = asyncio.get_running_loop()
        handler = LetterHandler(self._world)
        smtp = await loop.create_server(
            lambda: SMTP(handler, hostname="sandbox", loop=loop, enable_SMTPUTF8=True),
            sock=self._sockets.smtp,
        )
        imap = await asyncio.start_server(self._session, sock=self._sockets.imap)
        self._servers = [smtp, imap]

    def close(self) -> None:
        """Take no more connections."""
        for server in self._servers:
            server.close()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await ImapSession(self._world.mail, reader, writer).serve()
