"""Links open what they were signed for, for as long as they say."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kordant_pipelines.security.keyring import Keyring
from kordant_pipelines.security.links import LinkRefused, LinkSigner

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
KEYRING = Keyring.generate()
SIGNER = LinkSigner(KEYRING, "report")
TOKEN = SIGNER.token("rpt_1", LATER)


def test_a_link_opens_its_subject_until_it_expires() -> None:
    assert SIGNER.subject(TOKEN, NOW) == "rpt_1"
    assert SIGNER.subject(TOKEN, LATER - timedelta(seconds=1)) == "rpt_1"
    with pytest.raises(LinkRefused, match="expired"):
        SIGNER.subject(TOKEN, LATER)


def test_the_same_link_is_written_the_same() -> None:
    assert LinkSigner(KEYRING, "report").token("rpt_1", LATER) == TOKEN


def test_a_rotation_of_master_keys_breaks_no_link() -> None:
    assert LinkSigner(KEYRING.rotated(), "report").subject(TOKEN, NOW) == "rpt_1"


@pytest.mark.parametrize(
    "other", [LinkSigner(KEYRING, "unsubscribe"), LinkSigner(Keyring.generate(), "report")]
)
def test_a_link_for_another_purpose_or_keyring_opens_nothing(other: LinkSigner) -> None:
    with pytest.raises(LinkRefused):
        SIGNER.subject(other.token("rpt_1", LATER), NOW)


@given(st.integers(0, len(TOKEN) - 1), st.characters(codec="ascii"))
def test_no_character_can_be_changed(place: int, character: str) -> None:
    changed = TOKEN[:place] + character + TOKEN[place + 1 :]
    try:
        # The last character of a base64 part has bits that mean nothing.
        assert SIGNER.subject(changed, NOW) == "rpt_1"
    except LinkRefused:
        return
    assert changed == TOKEN or place == len(TOKEN) - 1


@given(st.text(max_size=60))
def test_no_text_is_a_link(text: str) -> None:
    with pytest.raises(LinkRefused):
        SIGNER.subject(text, NOW)


def test_an_unsigned_token_opens_nothing() -> None:
    claims = {"sub": "rpt_1", "exp": int(LATER.timestamp())}
    with pytest.raises(LinkRefused):
        SIGNER.subject(jwt.encode(claims, "", algorithm="none"), NOW)


def test_a_refusal_does_not_quote_the_link() -> None:
    with pytest.raises(LinkRefused) as refused:
        SIGNER.subject(TOKEN, LATER)
    assert TOKEN not in str(refused.value)
