"""Where an inbox is and how to sign in, from a URL."""

from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote, urlsplit

from kordant_pipelines.providers.connecting import is_loopback

_PORTS = {"imap": 143, "imaps": 993}


@dataclass(frozen=True, slots=True)
class ImapServer:
    """A mail server that holds an inbox. Its user and password are left out of the repr.

    Attributes:
        host: a name or an address.
        port: 993 by default, 143 without `tls`.
        tls: from the first byte on; only on loopback may it be without.
        username: of the account.
        password: of the account.
    """

    host: str
    port: int
    tls: bool
    username: str = field(repr=False)
    password: str = field(repr=False)

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read `imaps://user:password@host:993`.

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
            raise ValueError("not an inbox; write imaps://user:password@host:993")
        if parts.scheme == "imap" and not is_loopback(host):
            raise ValueError("imap:// sends the password in the open; write imaps://…")
        return cls(
            host=host,
            port=port or _PORTS[parts.scheme],
            tls=parts.scheme == "imaps",
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )
