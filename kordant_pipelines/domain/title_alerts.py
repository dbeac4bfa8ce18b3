"""Which alerts a property's new documents owe, and their words.

What was on record before the first look is not news: what of it still matters goes into one digest.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pydantic import BaseModel, ConfigDict

from kordant_pipelines.domain.alerts import AlertKind, AlertText
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.domain.title_judgement import Judgement, Reason

BASELINE_REACH = timedelta(days=365)
"""How old a document may be for the first look to bring it up."""


class TitleFacts(BaseModel):
    """One judgement, as an alert tells of it. The property is masked; names are public record."""

    model_config = ConfigDict(frozen=True)

    property_: str
    reason: Reason
    severity: Severity
    question: bool
    labels: tuple[str, ...]
    numbers: tuple[str, ...]
    recorded_on: date | None
    amount: int | None
    names: tuple[str, ...]
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TitleDraft:
    """An alert that is owed. `numbers` are those of its documents; `dedupe_key` is its identity."""

    kind: AlertKind
    severity: Severity
    dedupe_key: str
    facts: tuple[TitleFacts, ...]
    numbers: tuple[str, ...]


def owed_title_alerts(
    property_id: str, masked: str, judgements: Sequence[Judgement], *, baseline: bool, today: date
) -> list[TitleDraft]:
    """Return the alerts owed for what was judged of one property, the most urgent first."""
    told = [judged for judged in judgements if judged.is_told]
    if baseline:
        recent = [judged for judged in told if _is_recent(judged, today)]
        return [_digest(property_id, masked, recent)] if recent else []
    return [_single(property_id, masked, judged) for judged in told]


def _is_recent(judged: Judgement, today: date) -> bool:
    recorded = judged.documents[0].recorded_on
    return recorded is None or today - recorded <= BASELINE_REACH


def _single(property_id: str, masked: str, judged: Judgement) -> TitleDraft:
    numbers = tuple(document.number for document in judged.documents)
    return TitleDraft(
        kind=AlertKind.TITLE_QUESTION if judged.question else AlertKind.TITLE_CHANGE,
        severity=judged.severity,
        dedupe_key=_key(property_id, judged.reason.value, numbers),
        facts=(_facts(masked, judged),),
        numbers=numbers,
    )


def _digest(property_id: str, masked: str, told: Sequence[Judgement]) -> TitleDraft:
    numbers = tuple(document.number for judged in told for document in judged.documents)
    return TitleDraft(
        kind=AlertKind.TITLE_BASELINE,
        severity=told[0].severity,
        dedupe_key=_key(property_id, "baseline", numbers),
        facts=tuple(_facts(masked, judged) for judged in told),
        numbers=numbers,
    )


def _key(property_id: str, why: str, numbers: Sequence[str]) -> str:
    # The id is random, so that no digest of a document number tells which property it is of.
    digest = hashlib.sha256("\x1f".join([property_id, *sorted(numbers)]).encode()).hexdigest()
    return f"title:{property_id}:{why}:{digest[:32]}"


def _facts(masked: str, judged: Judgement) -> TitleFacts:
    first = judged.documents[0]
    return TitleFacts(
        property_=masked,
        reason=judged.reason,
        severity=judged.severity,
        question=judged.question,
        labels=tuple(document.label for document in judged.documents),
        numbers=tuple(document.number for document in judged.documents),
        recorded_on=first.recorded_on,
        amount=first.amount,
        names=first.grantees,
        why=tuple(f"{c.match.verdict.value}: {c.match.why}" for c in judged.compared),
    )


def compose_title(kind: AlertKind, facts: Sequence[TitleFacts]) -> AlertText:
    """Put a title alert into English. `facts` holds one judgement, or a digest's."""
    first = facts[0]
    if kind is AlertKind.TITLE_BASELINE:
        listed = "; ".join(f"{_headline(f)} ({_dated(f)})" for f in facts)
        return AlertText(
            title=f"First check of {first.property_}: please look at what the register holds",
            what=f"{listed}.",
            when="All of it was recorded before we began to watch; it is collected here once.",
            action=f"Start with the first: {_ACTIONS[first.reason]}",
        )
    return AlertText(
        title=f"{_headline(first)} on {first.property_}",
        what=_what(first),
        when=f"It was recorded {_dated(first)}.",
        action=_ACTIONS[first.reason],
    )


def _headline(facts: TitleFacts) -> str:
    return _TITLES[facts.reason]


def _what(facts: TitleFacts) -> str:
    documents = " and ".join(
        label if number.startswith("~") else f"{label} {number}"
        for label, number in zip(facts.labels, facts.numbers, strict=True)
    )
    names = f" in favour of {', '.join(facts.names)}" if facts.names else ""
    if not names and facts.reason in _UNNAMED:
        names = ", which names nobody yet"
    amount = f", for ${facts.amount:,}" if facts.amount is not None else ""
    return f"The register shows {documents}{names}{amount}."


_UNNAMED = frozenset({Reason.GRANTEE_NOT_NAMED, Reason.LENDER_NOT_NAMED})


def _dated(facts: TitleFacts) -> str:
    return f"on {facts.recorded_on.isoformat()}" if facts.recorded_on else "on a day not stated"


_FRAUD = (
    "If you did not sign it, call the recorder's office and the police today, ask both for a "
    "written report, and tell your lender and title insurer."
)
_LAWYER = (
    "If you know nothing of it, ask a property lawyer or the filing office about it this week."
)

_TITLES: Mapping[Reason, str] = {
    Reason.OWNER_CHANGED: "A deed to someone we do not know was recorded",
    Reason.QUITCLAIM_NOMINAL: "A quitclaim deed for a token price was recorded",
    Reason.QUITCLAIM_TO_KNOWN: "Was this quitclaim deed yours? One was recorded",
    Reason.GRANTEE_NOT_NAMED: "A deed whose new owner is not named yet was recorded",
    Reason.GRANTEE_LIKELY_KNOWN: "Is this new owner you? A deed was recorded",
    Reason.AMONG_KNOWN: "A deed among known owners was recorded",
    Reason.NEW_LENDER: "A mortgage from a lender we do not know was recorded",
    Reason.BORROWER_UNKNOWN: "A mortgage taken by someone we do not know was recorded",
    Reason.LENDER_NOT_NAMED: "A mortgage whose lender is not named yet was recorded",
    Reason.LENDER_LIKELY_KNOWN: "Is this your lender? A mortgage was recorded",
    Reason.LENDER_KNOWN: "A mortgage from your lender was recorded",
    Reason.REFINANCE: "Did you refinance? A mortgage was paid off and a new one recorded",
    Reason.LIS_PENDENS: "Notice of a lawsuit or default was recorded",
    Reason.JUDGMENT: "A court judgment was recorded",
    Reason.FEDERAL_LIEN: "A federal lien was recorded",
    Reason.TAX_LIEN: "A tax lien was recorded",
    Reason.OTHER_LIEN: "A lien was recorded",
    Reason.MECHANICS_LIEN: "A contractor's lien was recorded",
    Reason.ASSIGNMENT: "Your mortgage was assigned to another lender",
    Reason.POWER_OF_ATTORNEY: "Did you sign this power of attorney? One was recorded",
    Reason.SALE_CONTRACT: "Are you selling? A contract of sale was recorded",
    Reason.UNRECOGNISED: "Do you know this document? One of a kind new to us was recorded",
    Reason.MORTGAGE_CHANGE: "A change to a mortgage was recorded",
    Reason.SATISFACTION: "A mortgage was recorded as paid off",
    Reason.LIEN_RELEASE: "A lien was released",
    Reason.OTHER: "A document was recorded",
}

_ACTIONS: Mapping[Reason, str] = {
    **dict.fromkeys(Reason, _LAWYER),
    Reason.OWNER_CHANGED: _FRAUD,
    Reason.QUITCLAIM_NOMINAL: _FRAUD,
    Reason.NEW_LENDER: _FRAUD,
    Reason.BORROWER_UNKNOWN: _FRAUD,
    Reason.LENDER_NOT_NAMED: _FRAUD,
    Reason.GRANTEE_NOT_NAMED: _FRAUD,
    Reason.QUITCLAIM_TO_KNOWN: f"If it was you, nothing is to be done. {_FRAUD}",
    Reason.GRANTEE_LIKELY_KNOWN: f"If it was you, nothing is to be done. {_FRAUD}",
    Reason.LENDER_LIKELY_KNOWN: f"If it was you, nothing is to be done. {_FRAUD}",
    Reason.POWER_OF_ATTORNEY: f"If it was you, nothing is to be done. {_FRAUD}",
    Reason.SALE_CONTRACT: f"If it was you, nothing is to be done. {_FRAUD}",
    Reason.REFINANCE: (
        f"If you refinanced, tell us the new lender's name and nothing else is to be done. {_FRAUD}"
    ),
    Reason.ASSIGNMENT: (
        "Lenders sell loans, so this is mostly harmless: pay nobody new before your present "
        "lender has confirmed it in writing."
    ),
}
