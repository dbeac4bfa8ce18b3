"""Signed links that expire: whoever holds one may fetch one thing, until a moment named in it.

A token is a JWT (HS256) under a key derived from the keyring's index root, which no rotation of
master keys changes. It holds our id and the moment, nothing personal.
"""

from datetime import UTC, datetime

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kordant_pipelines.security.keyring import KEY_BYTES, Keyring

_ALGORITHM = "HS256"


class LinkRefused(Exception):
    """A link does not open anything: it is not ours, or its time is over."""


class LinkSigner:
    """Signs and checks links for one purpose; those of another purpose do not open here."""

    def __init__(self, keyring: Keyring, purpose: str) -> None:
        info = f"link\x1f{purpose}".encode()
        kdf = HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=info)
        self._key = kdf.derive(keyring.index)

    def token(self, subject: str, expires_at: datetime) -> str:
        """A token that opens `subject` until `expires_at`; the same for the same two."""
        claims = {"sub": subject, "exp": int(expires_at.timestamp())}
        return jwt.encode(claims, self._key, algorithm=_ALGORITHM)

    def subject(self, token: str, now: datetime) -> str:
        """What a token opens.

        Raises:
            LinkRefused: it was not signed here for this purpose, was changed, or has expired.
        """
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=[_ALGORITHM],
                # The clock is injected, so the library must not read the system's.
                options={"verify_exp": False, "require": ["exp", "sub"]},
            )
            expires_at = datetime.fromtimestamp(int(claims["exp"]), UTC)
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, OSError):
            raise LinkRefused("The link is not valid.") from None
        if now >= expires_at:
            raise LinkRefused("The link has expired.")
        return str(claims["sub"])
