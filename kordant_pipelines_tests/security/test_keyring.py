"""A keyring holds keys and never shows them."""

import base64
from io import StringIO
from pprint import pformat

import pytest
from pydantic import ValidationError
from rich.console import Console
from rich.pretty import pretty_repr

from kordant_pipelines.domain.errors import Misconfigured
from kordant_pipelines.security.keyring import KEY_BYTES, Keyring


def spellings(keyring: Keyring) -> list[str]:
    """Every key as it could appear in a text."""
    keys = [*keyring.master.values(), keyring.index]
    return [
        text
        for key in keys
        for text in (repr(key)[2:-1], key.hex(), base64.b64encode(key).decode())
    ]


def test_a_new_keyring_has_keys_of_its_own() -> None:
    one, other = Keyring.generate(), Keyring.generate()
    keys = [one.master["k1"], other.master["k1"], one.index, other.index]
    assert len(set(keys)) == 4
    assert {len(key) for key in keys} == {KEY_BYTES}
    assert one.active == "k1"


def test_rotation_adds_a_key_and_keeps_the_rest() -> None:
    before = Keyring.generate()
    after = before.rotated().rotated()
    assert after.active == "k3"
    assert list(after.master) == ["k1", "k2", "k3"]
    assert after.master["k1"] == before.master["k1"]
    assert len(set(after.master.values())) == 3
    assert after.index == before.index
    assert list(before.master) == ["k1"]


def test_the_tenth_rotation_is_not_taken_for_the_second() -> None:
    keyring = Keyring.generate()
    for _ in range(10):
        keyring = keyring.rotated()
    assert keyring.active == "k11"
    assert len(keyring.master) == 11


def test_a_missing_master_key_is_named_with_its_remedy() -> None:
    with pytest.raises(Misconfigured, match=r"no master key 'k9'.*KORDANT_KEYRING_FILE"):
        Keyring.generate().master_key("k9")


def test_no_way_to_print_a_keyring_shows_a_key() -> None:
    keyring = Keyring.generate().rotated()
    screen = StringIO()
    Console(file=screen, width=500).print(keyring, {"locals": keyring})
    shown = [
        repr(keyring),
        str(keyring),
        f"{keyring}",
        repr([keyring]),
        pformat(keyring),
        pretty_repr(keyring),
        screen.getvalue(),
    ]
    for text in shown:
        assert "k2" in text
        assert not [key for key in spellings(keyring) if key in text]


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_of_another_length_is_refused(length: int) -> None:
    """Of 16 bytes AES would be content, and quietly be AES-128."""
    with pytest.raises(ValidationError, match="a key is 32 bytes"):
        Keyring(active="k1", master={"k1": bytes(length)}, index=bytes(32))


def test_the_error_of_a_wrong_keyring_shows_no_key() -> None:
    key = b"\x01" * 31
    with pytest.raises(ValidationError) as refused:
        Keyring(active="k1", master={"k1": key}, index=key)
    # Its beginning is enough: pydantic would leave out the middle of a long value.
    for spelling in (repr(key)[2:18], key.hex()[:16], base64.b64encode(key).decode()[:16]):
        assert spelling not in str(refused.value)
