"""The three things that are most worth doing."""

from collections.abc import Iterable, Sequence
from itertools import chain

from kordant_pipelines.domain.advice import Advice
from kordant_pipelines.domain.reports.model import Action, ActionKind, Finding, Standing
from kordant_pipelines.domain.reports.sections import Absence, Brokers, BrokerStage, Properties
from kordant_pipelines.domain.severity import Severity

MOST = 3
NAMED = 3
_KINDS: tuple[Advice | ActionKind, ...] = (*ActionKind, *Advice)


def top_actions(
    findings: Sequence[Finding], brokers: Brokers | Absence, properties: Properties | Absence
) -> tuple[Action, ...]:
    """At most three, the most urgent first; each once, for all that it helps against."""
    actions = chain(_of_findings(findings), _of_properties(properties), _of_brokers(brokers))
    return tuple(sorted(actions, key=_order)[:MOST])


def _order(action: Action) -> tuple[int, bool, int]:
    return -action.severity.rank, not action.new, _KINDS.index(action.kind)


def _of_findings(findings: Sequence[Finding]) -> Iterable[Action]:
    standing = [f for f in findings if f.standing is not Standing.RESOLVED]
    for advice in Advice:
        urgent = sorted(
            (f for f in standing if f.advice is advice),
            key=lambda f: (-f.severity.rank, f.standing is not Standing.NEW, f.breach),
        )
        if urgent:
            names = dict.fromkeys(f.breach for f in urgent)
            yield Action(
                kind=advice,
                severity=urgent[0].severity,
                names=tuple(names)[:NAMED],
                count=len(names),
                new=any(f.standing is Standing.NEW for f in urgent),
            )


def _of_properties(properties: Properties | Absence) -> Iterable[Action]:
    if isinstance(properties, Absence) or not properties.alarming:
        return
    worst = max(
        (e for e in properties.events if not e.settled), key=lambda e: (e.severity.rank, e.recorded)
    )
    yield Action(
        kind=ActionKind.REVIEW_DEED,
        severity=worst.severity,
        names=(worst.document_number,),
        count=properties.alarming,
        new=True,
    )


def _of_brokers(brokers: Brokers | Absence) -> Iterable[Action]:
    if isinstance(brokers, Absence):
        return
    waiting = sorted(x.broker for x in brokers.listings if x.stage is BrokerStage.NEEDS_YOU)
    if waiting:
        yield Action(
            kind=ActionKind.HELP_REMOVAL,
            severity=Severity.MEDIUM,
            names=tuple(waiting[:NAMED]),
            count=len(waiting),
            new=False,
        )
