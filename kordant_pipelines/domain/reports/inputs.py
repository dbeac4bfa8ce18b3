"""What a report is compiled from, as the services gather it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from kordant_pipelines.domain.advice import Advice, advise
from kordant_pipelines.domain.breaches import Breach, Source
from kordant_pipelines.domain.coverage import UNKNOWN, Outcome
from kordant_pipelines.domain.identifiers import IdentifierKind
from kordant_pipelines.domain.reports.periods import Period
from kordant_pipelines.domain.reports.sections import Absence, Brokers, Properties, Voice
from kordant_pipelines.domain.severity import Severity, exposure_severity
from kordant_pipelines.domain.subscriptions import Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFinding:
    """One identifier in one breach, whichever sources tell of it; the first breach speaks for it.

    It is known from `first_seen` until `cleared_at` (when every source had stopped listing it).
    `by_first_check` marks what an identifier's very first look brought up: old news to the world.
    """

    masked: str
    breaches: tuple[Breach, ...]
    data_classes: frozenset[str]
    first_seen: datetime
    cleared_at: datetime | None
    by_first_check: bool

    def open_at(self, moment: datetime) -> bool:
        """Whether it was known and not cleared just before `moment`."""
        return self.first_seen < moment and (self.cleared_at is None or self.cleared_at >= moment)

    def severity(self, day: date) -> Severity:
        """How urgent it is on `day`: it sinks with the breach's age."""
        return max(
            (exposure_severity(breach, self.data_classes, day) for breach in self.breaches),
            key=lambda severity: severity.rank,
        )

    @property
    def stealer_log(self) -> bool:
        """Whether malware on a device of the owner's took it."""
        return any(breach.is_stealer_log for breach in self.breaches)

    @property
    def advice(self) -> Advice:
        """The one thing to do about it."""
        return advise(self.data_classes, stealer_log=self.stealer_log)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Open findings by severity just before `moment`; None if no check had been made by then."""

    moment: datetime
    open: Mapping[Severity, int] | None


@dataclass(frozen=True, slots=True)
class Gap:
    """A source that said nothing of an identifier at its last look, and why (a code)."""

    source: Source | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedItem:
    """One identifier. `last_answer` is the oldest of its sources' newest answers, if any gave one.

    `looked_at` is false where no scan has reached it yet.
    """

    masked: str
    kind: IdentifierKind
    looked_at: bool
    last_answer: datetime | None
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """The scans of the covered period, and their lookups by outcome."""

    scans: int
    incomplete_scans: int
    outcomes: Mapping[Outcome, int]

    @property
    def answered(self) -> int:
        """Lookups that were made, and answered."""
        return self.outcomes.get(Outcome.CHECKED, 0)

    @property
    def settled(self) -> int:
        """Lookups that were not needed, for their answer could not have changed or is fresh."""
        return self.outcomes.get(Outcome.UNCHANGED, 0) + self.outcomes.get(Outcome.NOT_DUE, 0)

    @property
    def unknown(self) -> int:
        """Lookups that told nothing."""
        return sum(self.outcomes.get(outcome, 0) for outcome in UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportInputs:
    """All that goes into a report. `history` is in order of time; its last two snapshots are those
    at the start and at the end of the covered period."""

    period: Period
    tier: Tier
    addressee: str
    locale: str
    items: Sequence[WatchedItem]
    looks: Looks
    findings: Sequence[KnownFinding]
    history: Sequence[Snapshot]
    brokers: Brokers | Absence
    properties: Properties | Absence
    voice: Voice | Absence
