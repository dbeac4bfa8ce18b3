"""Title alerts in words: what was recorded, when, and the one thing to do."""

from collections.abc import Mapping, Sequence

from kordant_pipelines.domain.alerts import TITLE_KINDS, AlertKind, AlertText
from kordant_pipelines.domain.title_alerts import TitleFacts
from kordant_pipelines.domain.title_judgement import Reason
from kordant_pipelines.domain.words import PLAIN_ENGLISH, Words, mark


def compose_title(
    kind: AlertKind, facts: Sequence[TitleFacts], words: Words = PLAIN_ENGLISH
) -> AlertText:
    """Put a title alert into words. `facts` holds one judgement, or a digest's.

    Raises:
        ValueError: an alert of this kind is not about a property.
    """
    if kind not in TITLE_KINDS:
        raise ValueError(f"{kind.value} is not an alert about a property")
    if kind is AlertKind.TITLE_BASELINE:
        return _digest_text(facts, words)
    return _text(facts[0], words)


def _text(facts: TitleFacts, words: Words) -> AlertText:
    return AlertText(
        title=words.say(
            "{headline} (your home {home})", headline=_headline(facts, words), home=facts.property_
        ),
        what=_what(facts, words),
        when=(
            words.say("It was recorded on {day}.", day=words.day(facts.recorded_on))
            if facts.recorded_on
            else words.say("The register does not say when it was recorded.")
        ),
        action=_action(facts.reason, words),
    )


def _digest_text(facts: Sequence[TitleFacts], words: Words) -> AlertText:
    first = facts[0]
    listed = (
        f"{_headline(f, words)} ({words.day(f.recorded_on)})"
        if f.recorded_on
        else _headline(f, words)
        for f in facts
    )
    return AlertText(
        title=words.say(
            "First check of your home {home}: please look at what the register holds",
            home=first.property_,
        ),
        what=f"{'; '.join(listed)}.",
        when=words.say(
            "All of it was recorded before we began to watch; it is collected here once."
        ),
        action=words.say("Start with the first: {action}", action=_action(first.reason, words)),
    )


def _headline(facts: TitleFacts, words: Words) -> str:
    return words.say(_TITLES[facts.reason])


def _what(facts: TitleFacts, words: Words) -> str:
    documents = " + ".join(
        label if number.startswith("~") else f"{label} {number}"
        for label, number in zip(facts.labels, facts.numbers, strict=True)
    )
    said = [words.say("The register shows: {documents}.", documents=documents)]
    if facts.names:
        said.append(words.say("In favour of: {names}.", names="; ".join(facts.names)))
    elif facts.reason in _UNNAMED:
        said.append(words.say("It names nobody yet."))
    if facts.amount is not None:
        said.append(words.say("Sum: {amount} US dollars.", amount=f"{facts.amount:,}"))
    return " ".join(said)


_UNNAMED = frozenset({Reason.GRANTEE_NOT_NAMED, Reason.LENDER_NOT_NAMED})


def _action(reason: Reason, words: Words) -> str:
    if reason is Reason.REFINANCE:
        return words.say(_REFINANCED, otherwise=words.say(_FRAUD))
    if reason in _ASKED:
        return words.say(_IF_YOU, otherwise=words.say(_FRAUD))
    return words.say(_ACTIONS.get(reason, _LAWYER))


_FRAUD = mark(
    "If you did not sign it, call the recorder's office and the police today, ask both for a "
    "written report, and tell your lender and title insurer."
)
_LAWYER = mark(
    "If you know nothing of it, ask a property lawyer or the filing office about it this week."
)
_IF_YOU = mark("If it was you, nothing is to be done. {otherwise}")
_REFINANCED = mark(
    "If you refinanced, tell us the new lender's name and nothing else is to be done. {otherwise}"
)

_ASKED = frozenset(
    {
        Reason.QUITCLAIM_TO_KNOWN,
        Reason.GRANTEE_LIKELY_KNOWN,
        Reason.LENDER_LIKELY_KNOWN,
        Reason.POWER_OF_ATTORNEY,
        Reason.SALE_CONTRACT,
    }
)

_ACTIONS: Mapping[Reason, str] = {
    Reason.OWNER_CHANGED: _FRAUD,
    Reason.QUITCLAIM_NOMINAL: _FRAUD,
    Reason.NEW_LENDER: _FRAUD,
    Reason.BORROWER_UNKNOWN: _FRAUD,
    Reason.LENDER_NOT_NAMED: _FRAUD,
    Reason.GRANTEE_NOT_NAMED: _FRAUD,
    Reason.ASSIGNMENT: mark(
        "Lenders sell loans, so this is mostly harmless: pay nobody new before your present "
        "lender has confirmed it in writing."
    ),
}

_TITLES: Mapping[Reason, str] = {
    Reason.OWNER_CHANGED: mark("A deed to someone we do not know was recorded"),
    Reason.QUITCLAIM_NOMINAL: mark("A quitclaim deed for a token price was recorded"),
    Reason.QUITCLAIM_TO_KNOWN: mark("Was this quitclaim deed yours? One was recorded"),
    Reason.GRANTEE_NOT_NAMED: mark("A deed whose new owner is not named yet was recorded"),
    Reason.GRANTEE_LIKELY_KNOWN: mark("Is this new owner you? A deed was recorded"),
    Reason.AMONG_KNOWN: mark("A deed among known owners was recorded"),
    Reason.NEW_LENDER: mark("A mortgage from a lender we do not know was recorded"),
    Reason.BORROWER_UNKNOWN: mark("A mortgage taken by someone we do not know was recorded"),
    Reason.LENDER_NOT_NAMED: mark("A mortgage whose lender is not named yet was recorded"),
    Reason.LENDER_LIKELY_KNOWN: mark("Is this your lender? A mortgage was recorded"),
    Reason.LENDER_KNOWN: mark("A mortgage from your lender was recorded"),
    Reason.REFINANCE: mark("Did you refinance? A mortgage was paid off and a new one recorded"),
    Reason.LIS_PENDENS: mark("Notice of a lawsuit or default was recorded"),
    Reason.JUDGMENT: mark("A court judgment was recorded"),
    Reason.FEDERAL_LIEN: mark("A federal lien was recorded"),
    Reason.TAX_LIEN: mark("A tax lien was recorded"),
    Reason.OTHER_LIEN: mark("A lien was recorded"),
    Reason.MECHANICS_LIEN: mark("A contractor's lien was recorded"),
    Reason.ASSIGNMENT: mark("Your mortgage was assigned to another lender"),
    Reason.POWER_OF_ATTORNEY: mark("Did you sign this power of attorney? One was recorded"),
    Reason.SALE_CONTRACT: mark("Are you selling? A contract of sale was recorded"),
    Reason.UNRECOGNISED: mark("Do you know this document? One of a kind new to us was recorded"),
    Reason.MORTGAGE_CHANGE: mark("A change to a mortgage was recorded"),
    Reason.SATISFACTION: mark("A mortgage was recorded as paid off"),
    Reason.LIEN_RELEASE: mark("A lien was released"),
    Reason.OTHER: mark("A document was recorded"),
}
