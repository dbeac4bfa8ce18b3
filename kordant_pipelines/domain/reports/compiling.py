"""From what was gathered to the report: which findings it lists, as what, and what they mean."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from kordant_pipelines.domain.breaches import Source
from kordant_pipelines.domain.reports.actions import top_actions
from kordant_pipelines.domain.reports.inputs import (
    KnownFinding,
    ReportInputs,
    WatchedItem,
)
from kordant_pipelines.domain.reports.model import (
    Coverage,
    Finding,
    ItemCoverage,
    Known,
    Report,
    Standing,
    TrendPoint,
)
from kordant_pipelines.domain.reports.periods import Period, ReportKind
from kordant_pipelines.domain.reports.score import Factor, Score, ScoreLine, counted
from kordant_pipelines.domain.reports.sections import Brokers, Properties
from kordant_pipelines.domain.severity import Severity


def compile_report(inputs: ReportInputs) -> Report:
    """The report of what was gathered; the same inputs give an equal report.

    What became known after the covered period is left out, and what was cleared after it is still
    open, so that a report written late says what one written in time would have.
    """
    covers = inputs.period.previous
    trend = _trend(inputs, covers.kind)
    findings = tuple(sorted(_findings(inputs.findings, covers), key=_order))
    return Report(
        addressee=inputs.addressee,
        locale=inputs.locale,
        tier=inputs.tier,
        period=inputs.period,
        covers=covers,
        coverage=Coverage(inputs.looks, tuple(_covered(item) for item in inputs.items)),
        score=_score(trend, inputs.items),
        actions=top_actions(findings, inputs.brokers, inputs.properties),
        findings=findings,
        trend=trend,
        brokers=inputs.brokers,
        properties=inputs.properties,
        voice=inputs.voice,
    )


def _findings(known: Iterable[KnownFinding], covers: Period) -> Iterable[Finding]:
    for finding in known:
        standing = _standing(finding, covers)
        if standing is None:
            continue
        first = finding.breaches[0]
        resolved = standing is Standing.RESOLVED and finding.cleared_at
        yield Finding(
            masked=finding.masked,
            breach=first.title,
            paste=first.source is Source.HIBP_PASTES,
            breach_date=first.breach_date,
            date_precision=first.date_precision,
            found=finding.first_seen.date(),
            resolved=resolved.date() if resolved else None,
            data_classes=tuple(sorted(finding.data_classes)),
            severity=finding.severity(covers.last_day),
            standing=standing,
            advice=finding.advice,
        )


def _standing(finding: KnownFinding, covers: Period) -> Standing | None:
    """What it was in the period; None if it was not known yet, or was settled before."""
    if finding.open_at(covers.end):
        if finding.first_seen < covers.start:
            return Standing.OPEN
        return Standing.FIRST_CHECK if finding.by_first_check else Standing.NEW
    cleared = finding.cleared_at
    return Standing.RESOLVED if cleared and covers.start <= cleared < covers.end else None


def _order(finding: Finding) -> tuple[int, int, float, str, str]:
    """By standing, severity, and the newest first."""
    return (
        finding.standing_order,
        -finding.severity.rank,
        -finding.found.toordinal(),
        finding.breach.casefold(),
        finding.masked,
    )


def _covered(item: WatchedItem) -> ItemCoverage:
    if not item.looked_at or item.last_answer is None:
        known = Known.NOTHING
    else:
        known = Known.IN_PART if item.gaps else Known.ALL
    return ItemCoverage(
        masked=item.masked,
        kind=item.kind,
        known=known,
        as_of=item.last_answer.date() if item.last_answer else None,
        gaps=item.gaps,
    )


def _trend(inputs: ReportInputs, kind: ReportKind) -> tuple[TrendPoint, ...]:
    """A point for each snapshot, which belongs to the period that ends with it."""
    return tuple(
        TrendPoint(Period.containing(kind, snapshot.moment).previous, counts)
        for snapshot, counts in zip(inputs.history, _counts(inputs), strict=True)
    )


def _counts(inputs: ReportInputs) -> Iterable[dict[Factor, int] | None]:
    """What the score counts at each moment, all sections together."""
    for place, snapshot in enumerate(inputs.history):
        if snapshot.open is None:
            yield None
            continue
        counts = counted(snapshot.open)
        if isinstance(inputs.properties, Properties):
            counts[Factor.PROPERTY] = inputs.properties.history[place]
        if isinstance(inputs.brokers, Brokers):
            counts[Factor.BROKERS] = inputs.brokers.history[place]
        yield counts


def _score(trend: Sequence[TrendPoint], items: Sequence[WatchedItem]) -> Score | None:
    """None where nothing is known: a full score for want of a look would be a false "clean"."""
    before, now = trend[-2:]
    if now.counts is None or all(item.last_answer is None for item in items):
        return None
    return Score(
        tuple(
            ScoreLine(factor, before.counts[factor] if before.counts else None, count)
            for factor, count in now.counts.items()
        )
    )


def moments(period: Period, count: int) -> Sequence[datetime]:
    """The ends of the last `count` periods that a report of `period` may tell of, oldest first."""
    ends: list[datetime] = []
    for _ in range(count):
        ends.append(period.start)
        period = period.previous
    return ends[::-1]


def by_severity(findings: Iterable[KnownFinding], moment: datetime) -> Mapping[Severity, int]:
    """Findings open just before `moment`, counted by how urgent they were then."""
    counts = dict.fromkeys(Severity, 0)
    for finding in findings:
        if finding.open_at(moment):
            counts[finding.severity(moment.date())] += 1
    return counts
