"""A connection to a mail server, as its URL says to make it."""

from aiosmtplib import SMTP

from kordant_pipelines.providers.smtp.server import SmtpServer


def connection_to(server: SmtpServer, *, timeout: float) -> SMTP:
    """A connection that is yet to be made; `timeout` is in seconds, for each step."""
    return SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.tls,
        # None: if it is offered. Elsewhere than here, a server without it is refused.
        start_tls=False if server.tls else None if server.is_loopback else True,
        username=server.username,
        password=server.password,
        timeout=timeout,
    )
