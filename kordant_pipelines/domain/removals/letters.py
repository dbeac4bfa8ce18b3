"""The letters to brokers, in words: one for each regime, all with the request's reference."""

from dataclasses import dataclass
from textwrap import fill

from kordant_pipelines.domain.removals.brokers import Broker, Need
from kordant_pipelines.domain.removals.clocks import Regime
from kordant_pipelines.domain.removals.people import Person


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter's subject and plain text: personal data."""

    subject: str
    body: str

    def __repr__(self) -> str:
        return "Letter(…)"


def compose_letter(
    regime: Regime, broker: Broker, person: Person, reference: str, profile_url: str | None = None
) -> Letter:
    """The request to a broker on a customer's behalf. It tells what `broker.needs`, and no more."""
    known = "\n".join(f"  {label}: {value}" for label, value in _known(broker, person, profile_url))
    paragraphs = [
        f"To the privacy team of {broker.name},",
        (
            f"we write as the authorised agent of {person.name}, whose signed authorisation we "
            f"hold and send on request. Our reference is {reference}; please keep it in the "
            "subject of every answer."
        ),
        *_REQUEST[regime],
        "The person you may hold data about:",
    ]
    closing = (
        "Please use these data to find the records concerned and for nothing else. If you need "
        "more to verify the request, tell us what and why. If you hold nothing about this person, "
        "or refuse, please say so and on which ground."
    )
    return Letter(
        subject=f"{_SUBJECT[regime]} [{reference}]",
        body="\n\n".join(
            [
                *(fill(text, 78) for text in paragraphs),
                known,
                fill(closing, 78),
                f"Kordant, for {person.name}",
            ]
        )
        + "\n",
    )


def _known(broker: Broker, person: Person, profile_url: str | None) -> list[tuple[str, str]]:
    told = [("Name", person.name)]
    told += [("Also known as", name) for name in person.other_names]
    if Need.PLACE in broker.needs:
        told.append(("Lives in", person.residence.line))
    if Need.EMAIL in broker.needs:
        told += [("E-mail address", address) for address in person.emails]
    if Need.PHONE in broker.needs:
        told += [("Telephone", number) for number in person.phones]
    if profile_url:
        told.append(("Profile", profile_url))
    return told


_SUBJECT = {
    Regime.CCPA: "CCPA request: delete, and do not sell or share",
    Regime.GDPR: "GDPR request: erasure and objection",
    Regime.VOLUNTARY: "Request: remove personal data",
}
_REQUEST = {
    Regime.CCPA: (
        (
            "Under the California Consumer Privacy Act we request that you delete the personal "
            "information you have collected about this person (Cal. Civ. Code § 1798.105), that "
            "you neither sell nor share it (§ 1798.120), and that you tell your service "
            "providers, contractors and third parties to do the same."
        ),
        (
            "Please confirm receipt within 10 business days, stop selling and sharing within 15 "
            "business days, and answer within 45 calendar days (11 CCR §§ 7021 and 7026)."
        ),
    ),
    Regime.GDPR: (
        (
            "Under the General Data Protection Regulation we request that you erase the personal "
            "data you hold about this person (article 17). On this person's behalf we object to "
            "their processing (article 21) and withdraw whatever consent you may rely on "
            "(article 7(3)). "
            "Please notify those to whom you disclosed the data (article 19)."
        ),
        (
            "Please tell us what was done without undue delay and within one month of receipt "
            "(article 12(3))."
        ),
    ),
    Regime.VOLUNTARY: (
        (
            "We ask you to remove this person's data from your products and public pages, and to "
            "stop selling and sharing them. Where a law that binds you gives this person the "
            "right to it, please treat this letter as the exercise of that right."
        ),
        "Please tell us within 45 days what was done.",
    ),
}
