"""Encryption of personal data: AES-256-GCM under a data key per user, wrapped by a master key.

Deleting a user's wrapped data key makes all their data unreadable: that is erasure. Each value is
bound to its user and column, so that a ciphertext moved elsewhere does not open.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kordant_pipelines.security.keyring import KEY_BYTES, Keyring

NONCE_BYTES = 12


class Undecipherable(Exception):
    """A stored value does not open: wrong key, wrong user or column, or it was tampered with."""


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A user's data key, encrypted with the master key `key_id`."""

    key_id: str
    wrapped: bytes


class UserCipher:
    """Encrypts and decrypts one user's values. `column` is "table.column"."""

    def __init__(self, user_id: str, data_key: bytes) -> None:
        self._user_id = user_id
        self._aead = AESGCM(data_key)

    def encrypt(self, value: str, column: str) -> bytes:
        """Return nonce and ciphertext of `value`."""
        return self.encrypt_bytes(value.encode(), column)

    def decrypt(self, sealed: bytes, column: str) -> str:
        """Return the value; Undecipherable if it is not this user's value of this column."""
        return self.decrypt_bytes(sealed, column).decode()

    def encrypt_bytes(self, value: bytes, column: str) -> bytes:
        """As `encrypt`, for what is no text."""
        return _seal(self._aead, value, self._binding(column))

    def decrypt_bytes(self, sealed: bytes, column: str) -> bytes:
        """As `decrypt`, for what is no text."""
        return _open(self._aead, sealed, self._binding(column), f"{column} of {self._user_id}")

    def _binding(self, column: str) -> bytes:
        return f"{self._user_id}\x1f{column}".encode()


class Vault:
    """Makes and opens users' data keys.

    `read_again` reads the keyring once more when data is wrapped with a master key it lacks: a
    rotation elsewhere may have added it since this process started.
    """

    def __init__(self, keyring: Keyring, read_again: Callable[[], Keyring] | None = None) -> None:
        self._keyring = keyring
        self._read_again = read_again

    @property
    def active_key_id(self) -> str:
        """The master key that wraps new data keys."""
        return self._keyring.active

    def new_key(self, user_id: str) -> WrappedKey:
        """A fresh data key for a new user."""
        return self._wrap(user_id, secrets.token_bytes(KEY_BYTES))

    def cipher(self, user_id: str, key: WrappedKey) -> UserCipher:
        """Open a user's data key.

        Raises:
            Misconfigured: the keyring lacks the master key.
            Undecipherable: the wrapped key is not this user's.
        """
        return UserCipher(user_id, self._unwrap(user_id, key))

    def rewrap(self, user_id: str, key: WrappedKey) -> WrappedKey:
        """The same data key under the active master key: rotation without touching the data."""
        return self._wrap(user_id, self._unwrap(user_id, key))

    def _wrap(self, user_id: str, data_key: bytes) -> WrappedKey:
        key_id = self._keyring.active
        master = AESGCM(self._keyring.master_key(key_id))
        return WrappedKey(key_id, _seal(master, data_key, _key_binding(user_id, key_id)))

    def _unwrap(self, user_id: str, key: WrappedKey) -> bytes:
        if key.key_id not in self._keyring.master and self._read_again:
            self._keyring = self._read_again()
        master = AESGCM(self._keyring.master_key(key.key_id))
        binding = _key_binding(user_id, key.key_id)
        return _open(master, key.wrapped, binding, f"the data key of {user_id}")


def _key_binding(user_id: str, key_id: str) -> bytes:
    return f"data-key\x1f{user_id}\x1f{key_id}".encode()


def _seal(aead: AESGCM, value: bytes, binding: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + aead.encrypt(nonce, value, binding)


def _open(aead: AESGCM, sealed: bytes, binding: bytes, what: str) -> bytes:
    try:
        return aead.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], binding)
    except (InvalidTag, ValueError):  # ValueError: too short to hold a nonce
        raise Undecipherable(
            f"{what} does not open with the keyring in use. Was it restored with another keyring?"
        ) from None
