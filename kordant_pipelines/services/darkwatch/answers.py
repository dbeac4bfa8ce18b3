"""What came of a lookup: the findings, and how far they can be relied on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kordant_pipelines.domain.coverage import Coverage, Outcome
from kordant_pipelines.domain.exposures import Finding
from kordant_pipelines.domain.scan_plan import Lookup


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a lookup; `masked` is how the identifier's owner will see it.

    `asked_at` is when the question was sent: what it says may be older than when it came back.

    Whatever was found counts, but only an answer that is CHECKED says that there is no more.
    """

    lookup: Lookup
    masked: str
    asked_at: datetime
    findings: Sequence[Finding]
    coverage: Coverage

    @property
    def is_whole(self) -> bool:
        """Whether the source told all it knows."""
        return self.coverage.outcome is Outcome.CHECKED
