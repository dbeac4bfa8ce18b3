"""What other handlers contribute to a report: brokers, property, voice; or that they do not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kordant_pipelines.domain.severity import Severity


class Absence(StrEnum):
    """Why a section has nothing to tell: the report says so instead of leaving it out."""

    NOTHING_WATCHED = "nothing_watched"  # nothing was given to watch


class BrokerStage(StrEnum):
    """Where the removal of one listing stands, told apart so that progress never seems to shrink.

    REMOVED is what an independent look confirmed, never the broker's word.
    """

    FOUND = "found"
    SUBMITTED = "submitted"
    ACKNOWLEDGED = "acknowledged"
    REMOVED = "removed"
    REAPPEARED = "reappeared"
    NEEDS_YOU = "needs_you"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerListing:
    """One listing at one data broker. `deadline` is the day the law gives the broker, if any."""

    broker: str
    stage: BrokerStage
    since: date
    deadline: date | None = None

    def overdue(self, day: date) -> bool:
        """Whether the legal time to answer had run out by `day`."""
        pending = self.stage in {BrokerStage.SUBMITTED, BrokerStage.ACKNOWLEDGED}
        return pending and self.deadline is not None and self.deadline < day


@dataclass(frozen=True, slots=True)
class Brokers:
    """All listings known at the period's end.

    `history` counts those not removed at each of the report's moments (`compiling.moments`).
    """

    listings: Sequence[BrokerListing]
    history: Sequence[int]

    @property
    def listed(self) -> int:
        """Listings that are not removed."""
        return sum(listing.stage is not BrokerStage.REMOVED for listing in self.listings)

    def overdue(self, day: date) -> int:
        """Listings whose broker's legal time had run out by `day`."""
        return sum(listing.overdue(day) for listing in self.listings)

    def count(self, *stages: BrokerStage) -> int:
        """Listings at one of these stages."""
        return sum(listing.stage in stages for listing in self.listings)


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyEvent:
    """A document recorded on a watched property. `property_label` is masked; names are not held.

    `settled` means that the customer, or a later document, has explained it.
    """

    property_label: str
    document_number: str
    document_type: str
    recorded: date
    severity: Severity
    settled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Properties:
    """The watched properties' records. `good_through` is how far the register was published.

    `history` counts the unsettled high and critical documents at each of the report's moments.
    """

    watched: int
    unchecked: int
    good_through: date | None
    events: Sequence[PropertyEvent]
    history: Sequence[int]

    @property
    def alarming(self) -> int:
        """Unsettled documents that are high or critical."""
        return sum(not e.settled and e.severity.rank >= Severity.HIGH.rank for e in self.events)


class VoiceOutcome(StrEnum):
    """What a recording was found to be; `repeated` says again what was said at enrolment."""

    SYNTHETIC = "synthetic"
    REPEATED = "repeated"
    SIMILAR = "similar"
    UNSURE = "unsure"
    DIFFERENT = "different"
    NOT_ASSESSED = "not_assessed"


@dataclass(frozen=True, slots=True)
class VoiceResult:
    """One recording. `similarity` is a score of the model's own, None where there is none."""

    day: date
    outcome: VoiceOutcome
    similarity: float | None


@dataclass(frozen=True, slots=True)
class Voice:
    """The recordings assessed in the period. Similar is not genuine: a cloned voice can match."""

    results: Sequence[VoiceResult]
