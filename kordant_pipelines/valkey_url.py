"""The one form in which the project writes a Valkey URL, and what each library wants instead."""

from dataclasses import dataclass, field
from typing import Self
from urllib.parse import SplitResult, parse_qs, urlsplit

_REMEDY = (
    "The Valkey URL must be redis://host:6379/0, rediss://host:6379/0 or"
    " unix:///path/valkey.sock?db=0"
)


@dataclass(frozen=True, slots=True)
class ValkeyUrl:
    """A Valkey (or Redis) server and database number.

    Canonical forms: `redis://[user:password@]host[:port][/db]`, `rediss://…` for TLS, and
    `unix://[user:password@]/path/valkey.sock[?db=0]`. A URL may hold a password, so the part that
    can is not in the repr.
    """

    scheme: str
    authority: str = field(repr=False)
    path: str
    database: int

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read a canonical URL.

        Raises:
            ValueError: not one of the forms; the message does not repeat the URL.
        """
        try:
            parts = urlsplit(url)
            if parts.scheme == "unix":
                return cls(*_unix_socket(parts))
            return cls(*_tcp(parts))
        except ValueError:
            raise ValueError(_REMEDY) from None

    @property
    def redis(self) -> str:
        """For redis-py: `redis.from_url`."""
        if self.scheme == "unix":
            return f"unix://{self.authority}{self.path}?db={self.database}"
        return f"{self.scheme}://{self.authority}/{self.database}"

    @property
    def celery(self) -> str:
        """For Celery's broker and result backend (kombu)."""
        if self.scheme == "unix":
            return f"redis+socket://{self.authority}{self.path}?virtual_host={self.database}"
        return self.redis

    @property
    def limits(self) -> str:
        """For the asyncio storages of `limits`."""
        return f"async+{self.redis}".replace("async+unix://", "async+redis+unix://", 1)


def _unix_socket(parts: SplitResult) -> tuple[str, str, str, int]:
    login, host = _login_and_host(parts)
    query = parse_qs(parts.query)
    database = int(query.pop("db", ["0"])[0])
    if host or query or len(parts.path) < 2 or database < 0:
        raise ValueError
    return "unix", login, parts.path, database


def _tcp(parts: SplitResult) -> tuple[str, str, str, int]:
    login, host = _login_and_host(parts)
    database = int(parts.path.strip("/") or 0)
    if parts.scheme not in {"redis", "rediss"} or not parts.hostname or parts.query or database < 0:
        raise ValueError
    # limits insists on a port where the others have a default.
    if parts.port is None:
        host = f"{host.rstrip(':')}:6379"
    return parts.scheme, login + host, "", database


def _login_and_host(parts: SplitResult) -> tuple[str, str]:
    login, at, host = parts.netloc.rpartition("@")
    return login + at, host
