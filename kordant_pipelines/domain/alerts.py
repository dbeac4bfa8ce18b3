"""What a customer is told: every alert says what was exposed, when, and the one thing to do.

Facts are stored, words are made from them when they are shown, so that wording and language can
change without rewriting what was found.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from kordant_pipelines.domain.advice import Advice, advise
from kordant_pipelines.domain.breaches import DatePrecision
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.domain.words import PLAIN_ENGLISH, Words, mark


class AlertKind(StrEnum):
    """Why an alert is raised."""

    BASELINE = "baseline"
    EXPOSURE = "exposure"
    EXPOSURE_GREW = "exposure_grew"


class ExposureFacts(BaseModel):
    """One identifier in one breach, as an alert tells of it. The identifier is masked."""

    model_config = ConfigDict(frozen=True)

    masked: str
    breach: str
    breach_date: date | None
    date_precision: DatePrecision = DatePrecision.DAY
    known_since: date | None
    data_classes: tuple[str, ...]
    new_classes: tuple[str, ...] = ()
    stealer_log: bool = False
    paste: bool = False
    severity: Severity


class AlertText(BaseModel):
    """An alert in words."""

    title: str
    what: str
    when: str
    action: str


def compose(
    kind: AlertKind, facts: Sequence[ExposureFacts], words: Words = PLAIN_ENGLISH
) -> AlertText:
    """Put an alert into words. `facts` holds one exposure, or a digest's, most urgent first."""
    first = facts[0]
    if kind is AlertKind.BASELINE:
        return _digest_text(facts, words)
    exposed = _kinds(first.data_classes, words)
    if kind is AlertKind.EXPOSURE_GREW:
        return AlertText(
            title=words.say(
                "More of your data was in the {breach} breach than first known", breach=first.breach
            ),
            what=words.say(
                "Also exposed with {masked}, we now know: {new}. All told: {exposed}.",
                masked=first.masked,
                new=_kinds(first.new_classes, words),
                exposed=exposed,
            ),
            when=_when(first, words),
            action=_action(first, words),
        )
    place = (
        mark("{masked} was found in a paste ({breach})")
        if first.paste
        else mark("{masked} was found in the {breach} breach")
    )
    return AlertText(
        title=words.say(place, masked=first.masked, breach=first.breach),
        what=words.say("Exposed with it: {exposed}.", exposed=exposed),
        when=_when(first, words),
        action=_action(first, words),
    )


_LEVELS = {
    Severity.CRITICAL: mark("{number} critical"),
    Severity.HIGH: mark("{number} high"),
    Severity.MEDIUM: mark("{number} medium"),
    Severity.LOW: mark("{number} low"),
    Severity.INFO: mark("{number} info"),
}


def _digest_text(facts: Sequence[ExposureFacts], words: Words) -> AlertText:
    by_severity = Counter(f.severity for f in facts)
    levels = ", ".join(
        words.say(level, number=by_severity[s]) for s, level in _LEVELS.items() if by_severity[s]
    )
    found = "; ".join(
        words.say(
            "{masked} in {breach} ({exposed})",
            masked=f.masked,
            breach=f.breach,
            exposed=_kinds(f.data_classes, words),
        )
        for f in facts
    )
    return AlertText(
        title=words.count(
            "First check: {number} known breach with your data",
            "First check: {number} known breaches with your data",
            len({f.breach for f in facts}),
        ),
        what=f"{levels}. {found}.",
        when=_digest_when(facts, words),
        action=words.say(
            "Start with {breach}: {action}",
            breach=facts[0].breach,
            action=_action(facts[0], words),
        ),
    )


def _digest_when(facts: Sequence[ExposureFacts], words: Words) -> str:
    years = sorted(f.breach_date.year for f in facts if f.breach_date)
    if not years:
        return words.say("When they happened is not known; they are collected here once.")
    first, last = years[0], years[-1]
    match len(years) == len(facts), first == last:
        case True, True:
            text = mark("They happened in {first}; all are collected here once.")
        case True, False:
            text = mark("They happened between {first} and {last}; all are collected here once.")
        case False, True:
            text = mark(
                "Those whose date is known happened in {first}; all are collected here once."
            )
        case _:
            text = mark(
                "Those whose date is known happened between {first} and {last}; "
                "all are collected here once."
            )
    return words.say(text, first=first, last=last)


def happened(facts: ExposureFacts, words: Words) -> str:
    """When a breach happened, no more exact than it is known; empty if it is not."""
    match facts.breach_date, facts.date_precision:
        case None, _:
            return ""
        case day, DatePrecision.DAY:
            return words.day(day)
        case day, DatePrecision.MONTH:
            return words.month(day)
        case day, DatePrecision.YEAR:
            return f"{day:%Y}"


def _when(facts: ExposureFacts, words: Words) -> str:
    if facts.breach_date is None:
        text, short = (
            mark("When it happened is not known; it became known on {known}."),
            mark("When it happened is not known."),
        )
    elif facts.date_precision is DatePrecision.DAY:
        text, short = (
            mark("It happened on {happened} and became known on {known}."),
            mark("It happened on {happened}."),
        )
    else:
        text, short = (
            mark("It happened in {happened} and became known on {known}."),
            mark("It happened in {happened}."),
        )
    known = words.day(facts.known_since) if facts.known_since else ""
    return words.say(text if known else short, happened=happened(facts, words), known=known)


_ACTIONS = {
    Advice.CLEAN_DEVICE: mark(
        "A device you used was infected. Scan it, then change the passwords of every account used "
        "on it from another, clean device."
    ),
    Advice.FREEZE_CREDIT: mark(
        "Freeze your credit with the bureaus, and watch for accounts opened in your name."
    ),
    Advice.REPLACE_CARD: mark(
        "Ask your bank to replace the card or account, and check its latest transactions."
    ),
    Advice.END_SESSIONS: mark(
        "Sign out of every session at {breach}, revoke its access keys, then change your password "
        "there."
    ),
    Advice.CHANGE_PASSWORD: mark(
        "Change your password at {breach} and wherever you used the same one, and turn on "
        "two-factor sign-in."
    ),
    Advice.CHANGE_ANSWERS: mark("Change your password and security answers at {breach}."),
    Advice.EXPECT_SCAM_CALLS: mark(
        "Expect scam calls and texts: give no codes away, and set a PIN with your carrier."
    ),
    Advice.EXPECT_PHISHING: mark(
        "Expect phishing that names this service: open its site yourself, follow no link."
    ),
}


def _action(facts: ExposureFacts, words: Words) -> str:
    advice = advise(facts.data_classes, stealer_log=facts.stealer_log)
    return words.say(_ACTIONS[advice], breach=facts.breach)


def _kinds(data_classes: Sequence[str], words: Words) -> str:
    return words.kinds(data_classes) if data_classes else words.say("no further data")
