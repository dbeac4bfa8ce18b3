"""Letters, references, replies and names: what is written to brokers, and read from them."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kordant_pipelines.domain.removals.brokers import Need
from kordant_pipelines.domain.removals.clocks import Regime
from kordant_pipelines.domain.removals.letters import compose_letter
from kordant_pipelines.domain.removals.people import Listing, find_listing
from kordant_pipelines.domain.removals.references import (
    attempt_of,
    letter_id,
    new_reference,
    references_in,
    reply_address,
)
from kordant_pipelines.domain.removals.replies import (
    Mail,
    MailKind,
    is_own,
    read_mail,
    without_quotes,
)
from kordant_pipelines_tests.domain.removals.examples import ADA, broker

CODE = "KR-7F3K-9QZT-2MXB"


@given(st.randoms())
def test_a_reference_is_found_wherever_it_is_put(chance: random.Random) -> None:
    code = new_reference(chance.choice)
    address = reply_address("removals@kordant.example", code)
    for text in (
        f"Re: your request [{code}]",
        f"<{address}>",
        code.lower(),
        code.replace("-", " "),
    ):
        assert references_in([text]) == [code]
    assert attempt_of(letter_id("removals@kordant.example", code, 3)) == (code, 3)


@pytest.mark.parametrize("text", ["KR-1111-0000-IIOO", "XKR7F3K9QZT2MXB", f"{CODE}9", "krakow"])
def test_what_only_resembles_a_reference_is_none(text: str) -> None:
    assert references_in([text]) == []


# The platform of the Delete Act takes no letters.
@pytest.mark.parametrize("regime", [r for r in Regime if r is not Regime.DELETE_ACT])
def test_a_letter_names_its_law_and_its_reference_and_no_other(regime: Regime) -> None:
    letter = compose_letter(regime, broker(), ADA, CODE)
    assert CODE in letter.subject
    assert CODE in letter.body
    assert ("California" in letter.body) is (regime is Regime.CCPA)
    assert ("General Data Protection Regulation" in letter.body) is (regime is Regime.GDPR)
    assert "Ada Holm" in letter.body
    assert all(len(line) <= 78 for line in letter.body.splitlines())


def test_a_letter_tells_no_more_than_the_broker_needs() -> None:
    sparse = compose_letter(Regime.CCPA, broker(needs=()), ADA, CODE).body
    assert not any(told in sparse for told in ("Oakland", "ada@example.com", "+12025550101"))
    needs = (Need.PLACE, Need.EMAIL, Need.PHONE)
    whole = compose_letter(Regime.CCPA, broker(needs=needs), ADA, CODE, "https://b.example/1").body
    for told in ("Oakland, CA, US", "ada@example.com", "+12025550101", "https://b.example/1"):
        assert told in whole


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("We have received your request and opened case number 4711.", MailKind.ACKNOWLEDGED),
        ("Thank you for contacting us.", MailKind.ACKNOWLEDGED),
        ("Your information has been removed from our databases.", MailKind.COMPLETED),
        ("We have deleted all records.", MailKind.COMPLETED),
        ("We did not find any personal information about you.", MailKind.COMPLETED),
        ("We were unable to verify your identity and cannot process it.", MailKind.REFUSED),
        ("Your request has been denied.", MailKind.REFUSED),
        ("We need an additional 45 days to respond.", MailKind.EXTENDED),
        ("Please upload a copy of your driver's license.", MailKind.NEEDS_CUSTOMER),
        ("Have a look at our new offers!", MailKind.UNCLEAR),
        ("", MailKind.UNCLEAR),
    ],
)
def test_mails_are_read_for_what_they_say(text: str, kind: MailKind) -> None:
    assert read_mail(Mail(subject="Re: your request", text=text), ()).kind is kind


def test_headers_tell_of_automatic_answers_and_bounces() -> None:
    odd = "Hello there."
    assert read_mail(Mail("Hi", odd, automatic=True), ()).kind is MailKind.ACKNOWLEDGED
    assert read_mail(Mail("Hi", odd, bounced=True), ()).kind is MailKind.BOUNCED


def test_only_a_brokers_own_link_is_followed() -> None:
    text = "Please confirm your removal request."
    own = "https://mail.letters.example/confirm?token=1"
    foreign = "https://letters.example.evil.example/confirm?token=1"
    found = read_mail(Mail("", text, links=(foreign, own)), ("letters.example",))
    assert (found.kind, found.link) == (MailKind.CONFIRM, own)
    assert read_mail(Mail("", text, links=(foreign,)), ("letters.example",)).link is None


@pytest.mark.parametrize(
    "link",
    [
        "ftp://letters.example/x",
        "https://letters.example@evil.example/",
        "https://notletters.example/",
        "https://[bad/",
        "javascript:alert(1)",
    ],
)
def test_links_that_lead_elsewhere_are_not_own(link: str) -> None:
    assert not is_own(link, ("letters.example",))


def test_what_a_mail_quotes_is_not_what_it_says() -> None:
    mail = "We are on it.\n> Your information has been removed\nOn Monday Kordant wrote:\ndeleted"
    assert without_quotes(mail) == "We are on it."


@pytest.mark.parametrize(
    ("name", "place", "same"),
    [
        ("Ada Lindqvist", "Oakland, CA", True),
        ("ADA LINDQVIST", "", True),
        ("Ada B. Lindqvist Jr.", "Oakland, California", True),
        ("Lindqvist, Ada", "Oakland, CA", True),
        ("Ada Holm", "Oakland", True),
        ("Ada Lindqvist", "Fresno, CA", False),
        ("Adam Lindqvist", "Oakland, CA", False),
        ("Ada", "Oakland, CA", False),
        ("Ada Lindqvistson", "Oakland", False),
    ],
)
def test_a_listing_is_of_the_person_by_name_and_place(name: str, place: str, *, same: bool) -> None:
    listing = Listing(name, place, "https://b.example/1")
    assert (find_listing(ADA, [listing]) is listing) is same
