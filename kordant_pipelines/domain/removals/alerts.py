"""What a customer is told of removals: a profile that came back, and what only they can do."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from kordant_pipelines.domain.alerts import AlertKind, AlertText
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.domain.words import PLAIN_ENGLISH, Words, mark


class Asked(StrEnum):
    """What the customer is asked to do at a broker. In this order: the most useful first."""

    FILE = "file"
    COMPLAIN = "complain"
    LOOK = "look"


class RemovalFacts(BaseModel):
    """One broker, as an alert tells of it. `asked` is None where the customer need do nothing."""

    model_config = ConfigDict(frozen=True)

    broker: str
    url: str
    day: date
    asked: Asked | None = None


SEVERITIES = {
    None: Severity.MEDIUM,
    Asked.FILE: Severity.MEDIUM,
    Asked.COMPLAIN: Severity.LOW,
    Asked.LOOK: Severity.INFO,
}


def removal_severity(facts: Sequence[RemovalFacts]) -> Severity:
    """The severity of an alert that tells of these: that of the most urgent."""
    return max((SEVERITIES[one.asked] for one in facts), key=lambda severity: severity.rank)


def compose_removal(
    kind: AlertKind, facts: Sequence[RemovalFacts], words: Words = PLAIN_ENGLISH
) -> AlertText:
    """Put an alert into words. `facts` holds the broker that lists again, or those that wait."""
    first = facts[0]
    if kind is AlertKind.REMOVAL_RELISTED:
        return AlertText(
            title=words.say("{broker} lists you again", broker=first.broker),
            what=words.say(
                "Your profile was gone there and is back: data brokers buy the same data anew."
            ),
            when=words.say("We saw it on {day}.", day=words.day(first.day)),
            action=words.say(_AGAIN_BY_CUSTOMER if first.asked else _AGAIN_BY_US, url=first.url),
        )
    return AlertText(
        title=words.count(
            "{number} data broker waits for you",
            "{number} data brokers wait for you",
            len(facts),
        ),
        what=" ".join(
            words.say(_ASKED[one.asked], broker=one.broker) for one in facts if one.asked
        ),
        when=words.say("Asked on {day}.", day=words.day(first.day)),
        action=words.say("Start with {broker}: {url}", broker=first.broker, url=first.url),
    )


_AGAIN_BY_CUSTOMER = mark("Ask for its removal again: {url}")
_AGAIN_BY_US = mark("You need do nothing: its removal is asked for again.")
_ASKED = {
    Asked.FILE: mark("{broker}: only you can ask it to remove your profile."),
    Asked.COMPLAIN: mark("{broker}: it is overdue; you may complain to the authority."),
    Asked.LOOK: mark("{broker}: look whether your profile is still there."),
}
