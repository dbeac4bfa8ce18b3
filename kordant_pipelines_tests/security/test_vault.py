"""A value opens for its user, its column and its keyring, whole, and for nothing else."""

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kordant_pipelines.domain.errors import Misconfigured
from kordant_pipelines.security.keyring import Keyring
from kordant_pipelines.security.vault import (
    NONCE_BYTES,
    Undecipherable,
    UserCipher,
    Vault,
    WrappedKey,
)

KEYRING = Keyring.generate()
VAULT = Vault(KEYRING)
KEY = VAULT.new_key("usr_1")
CIPHER = VAULT.cipher("usr_1", KEY)
COLUMN = "users.name"
SEALED = CIPHER.encrypt("Ada", COLUMN)

texts = st.text(st.characters(exclude_categories=("Cs",)))


@given(texts, st.sampled_from(("users.name", "watch_items.value")))
def test_a_value_comes_back_as_it_was(value: str, column: str) -> None:
    assert CIPHER.decrypt(CIPHER.encrypt(value, column), column) == value


@given(texts.filter(lambda text: len(text.encode()) > 3))
def test_a_sealed_value_does_not_hold_the_value(value: str) -> None:
    assert value.encode() not in CIPHER.encrypt(value, COLUMN)


def test_a_cipher_opened_later_reads_what_was_written() -> None:
    """As another process does, with the stored key."""
    stored = WrappedKey(KEY.key_id, bytes(KEY.wrapped))
    assert Vault(KEYRING).cipher("usr_1", stored).decrypt(SEALED, COLUMN) == "Ada"


def test_one_value_is_never_sealed_alike_twice() -> None:
    sealed = {CIPHER.encrypt("Ada", COLUMN) for _ in range(200)}
    assert len(sealed) == len({one[:NONCE_BYTES] for one in sealed}) == 200


def test_every_user_has_a_key_of_their_own() -> None:
    """Or deleting one user's key would erase nothing."""
    other = VAULT.cipher("usr_1", VAULT.new_key("usr_1"))
    with pytest.raises(Undecipherable):
        other.decrypt(SEALED, COLUMN)


def test_a_value_does_not_open_in_another_column() -> None:
    with pytest.raises(Undecipherable, match=r"contact_points\.value of usr_1 does not open"):
        CIPHER.decrypt(SEALED, "contact_points.value")


def test_a_value_does_not_open_for_another_user_even_with_the_same_data_key() -> None:
    """Rows swapped between users are found out, not shown."""
    mine, theirs = (UserCipher(user, bytes(32)) for user in ("usr_1", "usr_2"))
    sealed = mine.encrypt("Ada", COLUMN)
    with pytest.raises(Undecipherable, match=r"users\.name of usr_2 does not open"):
        theirs.decrypt(sealed, COLUMN)


def test_a_users_wrapped_key_does_not_open_for_another_user() -> None:
    with pytest.raises(Undecipherable, match="the data key of usr_2 does not open"):
        VAULT.cipher("usr_2", KEY)


def test_another_keyrings_master_key_of_the_same_id_does_not_open_it() -> None:
    other = Vault(Keyring.generate())
    assert other.active_key_id == KEY.key_id
    with pytest.raises(Undecipherable, match="Was it restored with another keyring"):
        other.cipher("usr_1", KEY)


@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
def test_no_byte_of_a_value_can_be_changed(position: int, change: int) -> None:
    tampered = bytearray(SEALED)
    tampered[position] ^= change
    with pytest.raises(Undecipherable):
        CIPHER.decrypt(bytes(tampered), COLUMN)


@given(st.integers(0, len(KEY.wrapped) - 1), st.integers(1, 255))
def test_no_byte_of_a_wrapped_key_can_be_changed(position: int, change: int) -> None:
    tampered = bytearray(KEY.wrapped)
    tampered[position] ^= change
    with pytest.raises(Undecipherable):
        VAULT.cipher("usr_1", WrappedKey(KEY.key_id, bytes(tampered)))


@pytest.mark.parametrize("length", range(len(SEALED)))
def test_a_value_cut_short_does_not_open(length: int) -> None:
    with pytest.raises(Undecipherable):
        CIPHER.decrypt(SEALED[:length], COLUMN)


@settings(max_examples=20)
@given(texts, st.integers(1, 3))
def test_rotation_keeps_data_readable_without_touching_it(value: str, times: int) -> None:
    sealed, key, keyring = CIPHER.encrypt(value, COLUMN), KEY, KEYRING
    for _ in range(times):
        keyring = keyring.rotated()
        key = Vault(keyring).rewrap("usr_1", key)
    assert key.key_id == keyring.active == f"k{times + 1}"
    assert Vault(keyring).cipher("usr_1", key).decrypt(sealed, COLUMN) == value
    # What was not rewrapped yet is read as before.
    assert Vault(keyring).cipher("usr_1", KEY).decrypt(sealed, COLUMN) == value


def test_after_rotation_the_old_keyring_does_not_unwrap() -> None:
    key = Vault(KEYRING.rotated()).rewrap("usr_1", KEY)
    with pytest.raises(Misconfigured, match=r"no master key 'k2'.*KORDANT_KEYRING_FILE"):
        VAULT.cipher("usr_1", key)


def test_a_key_id_cannot_be_put_on_another_keys_wrapping() -> None:
    rotated = KEYRING.rotated()
    with pytest.raises(Undecipherable):
        Vault(rotated).cipher("usr_1", WrappedKey("k2", KEY.wrapped))


def test_a_wrapped_key_of_another_user_is_not_rewrapped() -> None:
    with pytest.raises(Undecipherable):
        Vault(KEYRING.rotated()).rewrap("usr_2", KEY)


def test_the_error_crosses_a_process_border() -> None:
    with pytest.raises(Undecipherable) as refused:
        CIPHER.decrypt(b"", COLUMN)
    other = pickle.loads(pickle.dumps(refused.value))  # noqa: S301 - bytes of our own
    assert (type(other), str(other)) == (Undecipherable, str(refused.value))
