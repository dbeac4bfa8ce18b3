"""The protection score: 100 less points for what is open, by a table that the report prints.

Each open finding costs points by its severity, up to a limit per line, so that no pile of small
things weighs more than a great one. Nothing else enters: what could not be checked lowers no
score, it is said beside it, and where nothing was checked there is no score at all. Voice results
do not enter either, for similarity is no proof.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kordant_pipelines.domain.severity import Severity

FULL = 100


class Factor(StrEnum):
    """What a line of the score counts."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    PROPERTY = "property"
    BROKERS = "brokers"


class Band(StrEnum):
    """The score in a word."""

    GOOD = "good"
    FAIR = "fair"
    WEAK = "weak"
    POOR = "poor"


@dataclass(frozen=True, slots=True)
class Weight:
    """Points each one costs, and the most that all of them cost."""

    each: int
    limit: int


WEIGHTS: Mapping[Factor, Weight] = {
    Factor.CRITICAL: Weight(12, 36),
    Factor.HIGH: Weight(6, 24),
    Factor.MEDIUM: Weight(2, 10),
    Factor.LOW: Weight(1, 5),
    Factor.PROPERTY: Weight(10, 20),
    Factor.BROKERS: Weight(1, 5),
}
"""The limits add up to 100: at all of them together the score is 0."""

OF_SEVERITY: Mapping[Severity, Factor] = {
    Severity.CRITICAL: Factor.CRITICAL,
    Severity.HIGH: Factor.HIGH,
    Severity.MEDIUM: Factor.MEDIUM,
    Severity.LOW: Factor.LOW,
    Severity.INFO: Factor.LOW,
}
"""The line an open finding counts in."""


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One line: how many at the period's start (None: not known then) and at its end."""

    factor: Factor
    before: int | None
    now: int

    @property
    def points_now(self) -> int:
        """What it costs now."""
        return points(self.factor, self.now)

    @property
    def points_before(self) -> int | None:
        """What it cost at the start."""
        return None if self.before is None else points(self.factor, self.before)

    @property
    def change(self) -> int | None:
        """By how much it moved the score in the period; negative is worse."""
        before = self.points_before
        return None if before is None else before - self.points_now

    @property
    def at_limit(self) -> bool:
        """Whether more of them would cost no more."""
        weight = WEIGHTS[self.factor]
        return self.now * weight.each >= weight.limit


@dataclass(frozen=True, slots=True)
class Score:
    """The score and how it came about: the lines' points add up to it."""

    lines: tuple[ScoreLine, ...]

    @property
    def value(self) -> int:
        """0 to 100, at the period's end."""
        return FULL - sum(line.points_now for line in self.lines)

    @property
    def before(self) -> int | None:
        """The same at the period's start; None if nothing had been checked then."""
        costs = [line.points_before for line in self.lines]
        known = [cost for cost in costs if cost is not None]
        return FULL - sum(known) if len(known) == len(costs) else None

    @property
    def change(self) -> int | None:
        """Value less before."""
        before = self.before
        return None if before is None else self.value - before

    @property
    def band(self) -> Band:
        """Good from 80, fair from 60, weak from 40."""
        return band(self.value)


def band(value: int) -> Band:
    """A score in a word."""
    if value >= 80:
        return Band.GOOD
    if value >= 60:
        return Band.FAIR
    return Band.WEAK if value >= 40 else Band.POOR


def points(factor: Factor, count: int) -> int:
    """What `count` of these cost."""
    weight = WEIGHTS[factor]
    return min(count * weight.each, weight.limit)


def counted(open_findings: Mapping[Severity, int]) -> dict[Factor, int]:
    """Open findings by the line they belong to; every line of findings is there."""
    counts: dict[Factor, int] = dict.fromkeys(OF_SEVERITY.values(), 0)
    for severity, count in open_findings.items():
        counts[OF_SEVERITY[severity]] += count
    return counts


def score_of(counts: Mapping[Factor, int]) -> int:
    """The score of these counts."""
    return FULL - sum(points(factor, count) for factor, count in counts.items())
