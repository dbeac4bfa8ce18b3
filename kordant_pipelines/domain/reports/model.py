"""A report, compiled: facts in the order in which they are told, and no words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kordant_pipelines.domain.advice import Advice
from kordant_pipelines.domain.breaches import DatePrecision
from kordant_pipelines.domain.identifiers import IdentifierKind
from kordant_pipelines.domain.reports.inputs import Gap, Looks
from kordant_pipelines.domain.reports.periods import Period
from kordant_pipelines.domain.reports.score import Factor, Score, score_of
from kordant_pipelines.domain.reports.sections import Absence, Brokers, Properties, Voice
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.domain.subscriptions import Tier


class Standing(StrEnum):
    """What became of a finding in the covered period."""

    NEW = "new"
    FIRST_CHECK = (
        "first_check"  # brought up by an identifier's first look: new to us, not to the world
    )
    OPEN = "open"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A row of the breach table: when it happened stands beside when it was found."""

    masked: str
    breach: str
    paste: bool
    breach_date: date | None
    date_precision: DatePrecision
    found: date
    resolved: date | None
    data_classes: tuple[str, ...]
    severity: Severity
    standing: Standing
    advice: Advice

    @property
    def standing_order(self) -> int:
        """The place of its standing in the report."""
        return list(Standing).index(self.standing)


class ActionKind(StrEnum):
    """Things to do that no single exposure asks for."""

    REVIEW_DEED = "review_deed"
    HELP_REMOVAL = "help_removal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something to do. `names` are what it is about (breaches, documents, brokers), at most three
    of the `count` there are."""

    kind: Advice | ActionKind
    severity: Severity
    names: tuple[str, ...]
    count: int
    new: bool


class Known(StrEnum):
    """What is known of an identifier."""

    ALL = "all"
    IN_PART = "in_part"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemCoverage:
    """An identifier and what is known of it; `as_of` is the day of the answer we rely on."""

    masked: str
    kind: IdentifierKind
    known: Known
    as_of: date | None
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was looked at, and what is not known."""

    looks: Looks
    items: tuple[ItemCoverage, ...]

    def count(self, known: Known) -> int:
        """Identifiers of which that much is known."""
        return sum(item.known is known for item in self.items)

    @property
    def complete(self) -> bool:
        """Whether something was looked at and nothing is unknown: only then "clean" may be said."""
        return bool(self.items) and all(item.known is Known.ALL for item in self.items)


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """What the score counted at the end of a period; None if no check had been made by then."""

    period: Period
    counts: Mapping[Factor, int] | None

    @property
    def score(self) -> int | None:
        """The score at the period's end."""
        return None if self.counts is None else score_of(self.counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One subscription's report of one period. `covers` is the period told of."""

    addressee: str
    locale: str
    tier: Tier
    period: Period
    covers: Period
    coverage: Coverage
    score: Score | None
    actions: tuple[Action, ...]
    findings: tuple[Finding, ...]
    trend: tuple[TrendPoint, ...]
    brokers: Brokers | Absence
    properties: Properties | Absence
    voice: Voice | Absence

    def count(self, *standings: Standing) -> int:
        """Findings with one of these standings."""
        return sum(finding.standing in standings for finding in self.findings)

    @property
    def open_count(self) -> int:
        """Findings open at the end, the new ones among them."""
        return len(self.findings) - self.count(Standing.RESOLVED)

    @property
    def nothing_new(self) -> bool:
        """Whether nothing was found or resolved, recorded or removed in the period."""
        moved = (Standing.NEW, Standing.FIRST_CHECK, Standing.RESOLVED)
        start = self.covers.first_day
        return not (
            self.count(*moved)
            or (
                isinstance(self.brokers, Brokers)
                and any(x.since >= start for x in self.brokers.listings)
            )
            or (
                isinstance(self.properties, Properties)
                and any(x.recorded >= start for x in self.properties.events)
            )
            or (isinstance(self.voice, Voice) and self.voice.results)
        )
