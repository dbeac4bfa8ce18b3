"""Blind indexes tell equality within one column of one keyring, and nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from kordant_pipelines.security.blind_index import BlindIndex
from kordant_pipelines.security.keyring import Keyring

KEYRING = Keyring.generate()
INDEX = BlindIndex(KEYRING)
COLUMN = "watch_items.value"

texts = st.text(st.characters(exclude_categories=("Cs",)))


@given(texts)
def test_a_value_is_found_again_by_any_process_with_the_keyring(value: str) -> None:
    digest = INDEX.digest(COLUMN, value)
    assert len(digest) == 32
    assert BlindIndex(KEYRING.model_copy()).digest(COLUMN, value) == digest


@given(texts, texts)
def test_only_the_value_itself_is_found(one: str, other: str) -> None:
    assert (INDEX.digest(COLUMN, one) == INDEX.digest(COLUMN, other)) is (one == other)


@given(texts)
def test_columns_cannot_be_joined(value: str) -> None:
    assert INDEX.digest(COLUMN, value) != INDEX.digest("contact_points.value", value)


@given(texts)
def test_another_keyring_finds_nothing(value: str) -> None:
    assert BlindIndex(Keyring.generate()).digest(COLUMN, value) != INDEX.digest(COLUMN, value)


def test_rotating_the_master_key_leaves_the_index_as_it_is() -> None:
    """The stored indexes cannot be reckoned anew without reading every value."""
    rotated = BlindIndex(KEYRING.rotated())
    assert rotated.digest(COLUMN, "ada@example.com") == INDEX.digest(COLUMN, "ada@example.com")


def test_the_index_is_fixed_for_good() -> None:
    """Computed once with this derivation: another one would not find what is stored."""
    keyring = Keyring(active="k1", master={"k1": bytes(32)}, index=bytes(range(32)))
    digest = BlindIndex(keyring).digest(COLUMN, "ada@example.com")
    assert digest.hex() == "55cfdb4a3c1c2911aa979d3e6c8eaa9f61675d6514b180a0c17eac127e9b02e9"
