"""Which alerts a property's new documents owe, and their facts.

What was on record before the first look is not news: what of it still matters goes into one digest.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pydantic import BaseModel, ConfigDict

from kordant_pipelines.domain.alerts import AlertKind
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.domain.title_documents import Document
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
    property_id: str,
    masked: str,
    judgements: Sequence[Judgement],
    *,
    watched_since: date | None,
    today: date,
) -> list[TitleDraft]:
    """Return the alerts owed for what was judged of one property, the most urgent first.

    `watched_since` is given at the first look that found documents, None at a later one.
    """
    told = [judged for judged in judgements if judged.is_told]
    news = [judged for judged in told if not is_baseline(judged.documents[0], watched_since)]
    drafts = [_single(property_id, masked, judged) for judged in news]
    recent = [judged for judged in told if judged not in news and _is_recent(judged, today)]
    return [*drafts, _digest(property_id, masked, recent)] if recent else drafts


def is_baseline(document: Document, watched_since: date | None) -> bool:
    """Whether a document was there before the property was watched, as far as its day tells.

    The first look that finds something may come long after the first: a home bought before the
    register's first year has no document until somebody records one, and then that is the news.
    """
    if watched_since is None:
        return False
    return document.recorded_on is None or document.recorded_on <= watched_since


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
