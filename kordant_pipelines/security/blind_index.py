"""Blind indexes: find an encrypted value by equality without storing it readable.

HMAC-SHA-256 of the normalised value under a key per column, derived from the keyring's index root
(HKDF). It leaks equality within a column, and nothing across columns.
"""

import hashlib
import hmac
from functools import cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kordant_pipelines.security.keyring import KEY_BYTES, Keyring


class BlindIndex:
    """Computes the indexes of one keyring."""

    def __init__(self, keyring: Keyring) -> None:
        self._root = keyring.index
        self._key_for = cache(self._derive)

    def digest(self, column: str, normalised: str) -> bytes:
        """The 32-byte index of `normalised` in "table.column"."""
        return hmac.digest(self._key_for(column), normalised.encode(), hashlib.sha256)

    def _derive(self, column: str) -> bytes:
        info = f"index\x1f{column}".encode()
        kdf = HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=info)
        return kdf.derive(self._root)
