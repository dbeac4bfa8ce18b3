"""Mail servers as URLs: smtp://user:password@host:587 and imaps://user:password@host:993."""

from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote, urlsplit

_PORTS = {"smtp": 587, "smtps": 465, "imap": 143, "imaps": 993}


@dataclass(frozen=True, slots=True)
class MailUrl:
    """A mail server. `smtps` and `imaps` encrypt from the start; `smtp` upgrades if
    the server can, `imap` stays plain and is meant for the same host."""

    scheme: str
    host: str
    port: int
    user: str = field(repr=False)
    password: str = field(repr=False)

    @property
    def tls(self) -> bool:
        """Whether the connection is encrypted from its first byte."""
        return self.scheme.endswith("s")

    @classmethod
    def parse(cls, url: str, *schemes: str) -> Self:
        """Read a URL with one of these schemes.

        Raises:
            ValueError: it is none; the message does not quote it, for it holds a password.
        """
        wanted = f"write {schemes[0]}://user:password@host:{_PORTS[schemes[0]]}"
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise ValueError(f"not a URL; {wanted}") from None
        if parts.scheme not in schemes or not host or parts.path.strip("/") or parts.query:
            raise ValueError(f"not the URL of such a mail server; {wanted}")
        return cls(
            parts.scheme,
            host,
            port or _PORTS[parts.scheme],
            unquote(parts.username or ""),
            unquote(parts.password or ""),
        )
