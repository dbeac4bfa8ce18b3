"""Who may do what at the web server: roles, identities, and how a token is written."""

import re
import secrets
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """A viewer reads everything and changes nothing; an operator may do both."""

    VIEWER = "viewer"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a request comes from: a token's name, or a user that a trusted proxy vouches for."""

    name: str
    role: Role

    @property
    def may_change(self) -> bool:
        """Whether mutations are allowed."""
        return self.role is Role.OPERATOR


_TOKEN = re.compile(r"kdt_([0-9a-f]{20})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token: `kdt_<id>_<secret>`. The id finds its row, the secret (256 bits) opens it."""

    id: str
    secret: str

    @classmethod
    def new(cls) -> "Token":
        """A token nobody has seen yet."""
        return cls(secrets.token_hex(10), secrets.token_urlsafe(32))

    @classmethod
    def parse(cls, text: str) -> "Token | None":
        """The token that `text` is, or None if it is none."""
        match = _TOKEN.fullmatch(text.strip())
        return cls(*match.groups()) if match else None

    def __str__(self) -> str:
        return f"kdt_{self.id}_{self.secret}"

    def __repr__(self) -> str:
        return f"Token({self.id})"
