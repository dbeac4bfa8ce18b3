"""A mail server on the sandbox's own event loop: takes mail into the inbox, breaks if told to."""

import asyncio
import logging
import socket
from email import message_from_bytes, policy
from typing import Final, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from kordant_pipelines.sandbox.bench import Bench
from kordant_pipelines.sandbox.calls import NO_ANSWER, Call
from kordant_pipelines.sandbox.faults import FaultKind

SMTP_NAME: Final = "smtp"
USERNAME: Final = "sandbox"
PASSWORD: Final = "sandbox-mail"  # noqa: S105 - invented
NO_SUCH_MAILBOX: Final = "nobody@"
"""Local part of addresses that no mailbox has."""
FULL_MAILBOX: Final = "full@"

_ACCEPTING: Final = {FaultKind.DISCONNECT, FaultKind.TRUNCATED, FaultKind.SCHEMA_DRIFT}


async def serve_mail(bench: Bench, bound: socket.socket) -> asyncio.Server:
    """Serve on a listening socket until the server is closed."""
    # It notes every address, and warns of an attribute of its own that it sets itself.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    loop = asyncio.get_running_loop()
    handler = _Handler(bench)

    def connection() -> SMTP:
        return SMTP(
            handler,
            hostname="sandbox",
            ident="sandbox",
            loop=loop,
            authenticator=_signed_in,
            auth_require_tls=False,  # on loopback; who has not signed in is refused at RCPT
        )

    return await loop.create_server(connection, sock=bound)


def _signed_in(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
) -> AuthResult:
    del server, session, envelope, mechanism
    right = (
        isinstance(data, LoginPassword)
        and data.login == USERNAME.encode()
        and data.password == PASSWORD.encode()
    )
    return AuthResult(success=right)


class _Handler:
    """aiosmtpd's hooks; their names and arguments are its own."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Refuse what a mail server refuses before it sees the mail."""
        del server, options
        fault = self._bench.faults.strike(SMTP_NAME, "RCPT", keyed=True)
        answer = "250 OK"
        if not session.authenticated:
            answer = "530 5.7.0 Authentication required"
        elif fault is not None:
            match fault.kind:
                case FaultKind.RATE_LIMITED:
                    answer = "451 4.7.1 Greylisted, try again later"
                case FaultKind.UNAVAILABLE:
                    answer = "421 4.3.2 Service not available"
                case FaultKind.BAD_KEY:
                    answer = "530 5.7.0 Authentication required"
                case _:
                    self._bench.faults.give_back(fault)  # it strikes later, at DATA
        elif address.startswith(NO_SUCH_MAILBOX):
            answer = "550 5.1.1 No such user here"
        elif address.startswith(FULL_MAILBOX):
            answer = "452 4.2.2 Mailbox full"
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        else:
            self._bench.calls.record(Call(SMTP_NAME, "RCPT", int(answer[:3])))
        return answer

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take a mail, or fail at the one moment that leaves a doubt."""
        del session
        fault = self._bench.faults.strike(SMTP_NAME, "DATA", keyed=True)
        if fault is None or fault.kind in _ACCEPTING:
            self._take(envelope)
        if fault is None:
            self._bench.calls.record(Call(SMTP_NAME, "DATA", 250))
            return "250 2.0.0 OK: queued"
        self._bench.calls.record(Call(SMTP_NAME, "DATA", NO_ANSWER))
        if server.transport is not None:
            cast("asyncio.Transport", server.transport).abort()
        return "421 gone"

    def _take(self, envelope: Envelope) -> None:
        content = cast("bytes", envelope.content)
        mail = message_from_bytes(content, policy=policy.default)
        html, text = mail.get_body(("html",)), mail.get_body(("plain",))
        self._bench.world.inbox.put(
            id=str(mail["Message-ID"]),
            channel="email",
            provider=SMTP_NAME,
            to=envelope.rcpt_tos[0],
            subject=str(mail["Subject"]),
            html=str(html.get_content()) if html is not None else "",
            text=str(text.get_content()) if text is not None else "",
            extra={name: str(value) for name, value in mail.items()},
        )
