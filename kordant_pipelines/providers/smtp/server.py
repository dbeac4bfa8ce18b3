"""Where a mail server is and how to sign in, from a URL."""

import ipaddress
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote, urlsplit

_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A mail server. Its password is left out of the repr.

    Attributes:
        host: a name or an address.
        port: 587 by default, 465 with `tls`.
        tls: from the first byte on. Without it STARTTLS is insisted on, except on loopback.
        username: None to send without signing in.
        password: beside a username.
    """

    host: str
    port: int
    tls: bool
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read `smtp://user:password@host:587` or `smtps://…`.

        Raises:
            ValueError: it is none; the text does not repeat it.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:  # it quotes the URL
            host, port, parts = None, None, None
        extra = parts is None or parts.path.strip("/") or parts.query or parts.fragment
        if parts is None or parts.scheme not in _PORTS or not host or extra or port == 0:
            raise ValueError("not a mail server; write smtp://user:password@host:587 or smtps://…")
        return cls(
            host=host,
            port=port or _PORTS[parts.scheme],
            tls=parts.scheme == "smtps",
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )

    @property
    def is_loopback(self) -> bool:
        """Whether nothing leaves this machine."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False
