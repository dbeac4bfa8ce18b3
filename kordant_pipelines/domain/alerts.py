"""What a customer is told: every alert says what was exposed, when, and the one thing to do.

Facts are stored, words are made from them when they are shown, so that wording and language can
change without rewriting what was found.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from kordant_pipelines.domain.breaches import DatePrecision
from kordant_pipelines.domain.severity import CRITICAL, LASTING, PASSWORDS, Severity

_SIGNED_IN = frozenset({"Auth tokens", "Private keys"})  # what opens an account without a password


class AlertKind(StrEnum):
    """Why an alert is raised."""

    BASELINE = "baseline"
    EXPOSURE = "exposure"
    EXPOSURE_GREW = "exposure_grew"
    VOICE_SYNTHETIC = "voice_synthetic"
    VOICE_REPLAY = "voice_replay"


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


def compose(kind: AlertKind, facts: Sequence[ExposureFacts]) -> AlertText:
    """Put an alert into English. `facts` holds one exposure, or a digest's, most urgent first."""
    first = facts[0]
    if kind is AlertKind.BASELINE:
        return _digest_text(facts)
    exposed = _listing(first.data_classes)
    if kind is AlertKind.EXPOSURE_GREW:
        return AlertText(
            title=f"More of your data was in the {first.breach} breach than first known",
            what=f"Also exposed with {first.masked}, we now know: {_listing(first.new_classes)}. "
            f"All told: {exposed}.",
            when=_when(first),
            action=_action(first),
        )
    place = f"a paste ({first.breach})" if first.paste else f"the {first.breach} breach"
    return AlertText(
        title=f"{first.masked} was found in {place}",
        what=f"Exposed with it: {exposed}.",
        when=_when(first),
        action=_action(first),
    )


def _digest_text(facts: Sequence[ExposureFacts]) -> AlertText:
    by_severity = Counter(f.severity for f in facts)
    levels = ", ".join(f"{by_severity[s]} {s.value}" for s in reversed(Severity) if by_severity[s])
    found = (f"{f.masked} in {f.breach} ({_listing(f.data_classes)})" for f in facts)
    years = sorted(f.breach_date.year for f in facts if f.breach_date)
    dated = "They" if len(years) == len(facts) else "Those whose date is known"
    breaches = len({f.breach for f in facts})
    count = "1 known breach" if breaches == 1 else f"{breaches} known breaches"
    return AlertText(
        title=f"First check: {count} with your data",
        what=f"{levels}. {'; '.join(found)}.",
        when=(
            f"{dated} happened {_span(years[0], years[-1])}; all are collected here once."
            if years
            else "When they happened is not known; they are collected here once."
        ),
        action=f"Start with {facts[0].breach}: {_action(facts[0])}",
    )


def _span(first: int, last: int) -> str:
    return f"in {first}" if first == last else f"between {first} and {last}"


def _when(facts: ExposureFacts) -> str:
    known = f"became known on {facts.known_since.isoformat()}" if facts.known_since else ""
    match facts.breach_date, facts.date_precision:
        case None, _:
            return "When it happened is not known" + (f"; it {known}." if known else ".")
        case day, DatePrecision.DAY:
            happened = f"It happened on {day.isoformat()}"
        case day, DatePrecision.MONTH:
            happened = f"It happened in {day:%Y-%m}"
        case day, DatePrecision.YEAR:
            happened = f"It happened in {day:%Y}"
    return happened + (f" and {known}." if known else ".")


def _action(facts: ExposureFacts) -> str:
    exposed = frozenset(facts.data_classes)
    if facts.stealer_log:
        return (
            "A device you used was infected. Scan it, then change the passwords of every account "
            "used on it from another, clean device."
        )
    if exposed & LASTING:
        return "Freeze your credit with the bureaus, and watch for accounts opened in your name."
    if exposed & (CRITICAL - _SIGNED_IN):
        return "Ask your bank to replace the card or account, and check its latest transactions."
    if exposed & _SIGNED_IN:
        return (
            f"Sign out of every session at {facts.breach}, revoke its access keys, "
            "then change your password there."
        )
    if exposed & PASSWORDS:
        return (
            f"Change your password at {facts.breach} and wherever you used the same one, "
            "and turn on two-factor sign-in."
        )
    if exposed & {"Security questions and answers", "Password hints"}:
        return f"Change your password and security answers at {facts.breach}."
    if "Phone numbers" in exposed:
        return "Expect scam calls and texts: give no codes away, and set a PIN with your carrier."
    return "Expect phishing that names this service: open its site yourself, follow no link."


def _listing(data_classes: Sequence[str]) -> str:
    return ", ".join(c.lower() for c in data_classes) or "no further data"
