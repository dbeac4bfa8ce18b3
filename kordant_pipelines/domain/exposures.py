"""From what sources answered to which alerts are owed: pure, so that a second run owes none.

An identifier's exposure in one breach is one thing however many sources tell of it (but two
breaches that one source lists stay two, however alike their titles). It is alerted when it first
becomes reportable, and again only when more kinds of data turn out to be exposed.
What an identifier's very first look at a source brings up is old news to the world: it goes into
one digest instead of one alert each.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from kordant_pipelines.domain.alerts import AlertKind, ExposureFacts
from kordant_pipelines.domain.breaches import Breach, Source, is_reportable
from kordant_pipelines.domain.severity import Severity, exposure_severity


@dataclass(frozen=True, slots=True)
class Finding:
    """One source's answer: an identifier is in `breach`, and these kinds of data with it."""

    breach: Breach
    data_classes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Exposure:
    """A recorded finding: `alerted_classes` are the kinds of data its owner was told of."""

    id: int
    item_id: str
    masked: str
    breach: Breach
    data_classes: frozenset[str]
    alerted_classes: frozenset[str]


@dataclass(frozen=True, slots=True)
class AlertDraft:
    """An alert that is owed. `dedupe_key` is its identity: the database holds it unique."""

    kind: AlertKind
    severity: Severity
    dedupe_key: str
    facts: tuple[ExposureFacts, ...]
    exposure_ids: tuple[int, ...]


def owed_alerts(
    exposures: Iterable[Exposure],
    first_looks: AbstractSet[tuple[str, Source]],
    today: date,
    *,
    include_unverified: bool = False,
) -> list[AlertDraft]:
    """Return the alerts owed for `exposures`, the most urgent first, the digest (if any) last.

    `first_looks` are the (item, source) pairs that had never been answered before this scan.
    """
    single: list[AlertDraft] = []
    digest: list[tuple[ExposureFacts, tuple[Exposure, ...]]] = []
    for known in by_breach(exposures):
        group = tuple(
            e for e in known if is_reportable(e.breach, include_unverified=include_unverified)
        )
        # What was told stays told, though the source that told of it may be hidden by now.
        told = frozenset[str]().union(*(e.alerted_classes for e in known))
        exposed = frozenset[str]().union(*(e.data_classes for e in group))
        if told >= exposed:
            continue
        facts = _facts(group, exposed, told, today)
        if not told and all((e.item_id, e.breach.source) in first_looks for e in group):
            digest.append((facts, group))
        else:
            single.append(_single(facts, group, exposed, told))
    single.sort(key=lambda draft: -draft.severity.rank)
    return [*single, _digest(digest)] if digest else single


def by_breach(exposures: Iterable[Exposure]) -> Iterator[tuple[Exposure, ...]]:
    """What different sources say of one item in one breach, together; the first speaks for all."""
    for _, alike in groupby(sorted(exposures, key=_order), key=_identity):
        known = tuple(alike)
        if len({e.breach.source for e in known}) == len(known):
            yield known
        else:
            yield from ((exposure,) for exposure in known)


def _identity(exposure: Exposure) -> tuple[str, str]:
    return exposure.item_id, exposure.breach.canonical_name


def _order(exposure: Exposure) -> tuple[str, str, bool, str, str, int]:
    """By identity; the one that speaks for its group, a dated one if there is any, comes first."""
    breach = exposure.breach
    undated = breach.breach_date is None
    return (*_identity(exposure), undated, breach.source.value, breach.key, exposure.id)


def _facts(
    group: Sequence[Exposure], exposed: frozenset[str], told: frozenset[str], today: date
) -> ExposureFacts:
    severity = max(
        (exposure_severity(e.breach, exposed, today) for e in group), key=lambda s: s.rank
    )
    breach = group[0].breach
    return ExposureFacts(
        masked=group[0].masked,
        breach=breach.title,
        breach_date=breach.breach_date,
        date_precision=breach.date_precision,
        known_since=breach.added_at.date() if breach.added_at else None,
        data_classes=tuple(sorted(exposed)),
        new_classes=tuple(sorted(exposed - told)) if told else (),
        stealer_log=any(e.breach.is_stealer_log for e in group),
        paste=breach.source is Source.HIBP_PASTES,
        severity=severity,
    )


def _single(
    facts: ExposureFacts, group: Sequence[Exposure], exposed: frozenset[str], told: frozenset[str]
) -> AlertDraft:
    return AlertDraft(
        kind=AlertKind.EXPOSURE_GREW if told else AlertKind.EXPOSURE,
        severity=facts.severity,
        dedupe_key=f"exposure:{_digest_of([_told_as(group, exposed)])}",
        facts=(facts,),
        exposure_ids=tuple(e.id for e in group),
    )


def _digest(found: Sequence[tuple[ExposureFacts, tuple[Exposure, ...]]]) -> AlertDraft:
    facts = sorted((f for f, _ in found), key=lambda f: (-f.severity.rank, f.breach, f.masked))
    # By what it tells, not by which looks it is of: a source that answers in part is asked for the
    # first time again, and what it adds then would share the key of what it told before.
    content = (_told_as(group, frozenset(f.data_classes)) for f, group in found)
    return AlertDraft(
        kind=AlertKind.BASELINE,
        severity=facts[0].severity,
        dedupe_key=f"baseline:{_digest_of(content)}",
        facts=tuple(facts),
        exposure_ids=tuple(e.id for _, group in found for e in group),
    )


def _told_as(group: Sequence[Exposure], exposed: frozenset[str]) -> str:
    # By the sources' keys: titles change, and may pass to another breach.
    breaches = _digest_of(f"{e.breach.source.value}/{e.breach.key}" for e in group)
    return f"{group[0].item_id}/{breaches}/{_digest_of(exposed)}"


def _digest_of(parts: Iterable[str]) -> str:
    return hashlib.sha256("\x1f".join(sorted(parts)).encode()).hexdigest()[:32]
