"""What a scan looked at, what it had no need to look at, and what it could not check.

Unknown is not clean: a report may call an identifier clean only from `CHECKED`, `UNCHANGED` or
`NOT_DUE`, and must say so of every other outcome.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Outcome(StrEnum):
    """What became of one identifier at one source in one scan."""

    CHECKED = "checked"
    UNCHANGED = "unchanged"  # the source's catalogue is the one it was last checked against
    NOT_DUE = "not_due"  # looked up a short while ago, and the source asks for no more
    NOT_CHECKED = "not_checked"  # the source failed: unknown, and owed another try
    UNCOVERED = "uncovered"  # no source we have looks for this kind: unknown, and said so


UNKNOWN = frozenset({Outcome.NOT_CHECKED, Outcome.UNCOVERED})
"""Outcomes that say nothing of an identifier: whoever reports on it must say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """One item at one source. `reason` is a code (`timeout`, `bad_key`, …), never a text.

    The item is a watch item or whatever else its job looks after, a property for one; the source
    is of that job's own kind. `as_of` is when the answer we rely on was given: now for CHECKED,
    earlier for UNCHANGED and NOT_DUE, None where nothing is known. `good_through` is the day up to
    which a source that lags behind what it copies speaks for it.
    """

    item_id: str
    source: StrEnum | None
    outcome: Outcome
    reason: str | None = None
    permanent: bool = False
    as_of: datetime | None = None
    good_through: date | None = None


@dataclass(frozen=True, slots=True)
class CoverageSummary:
    """A scan's coverage, counted; `reasons` maps "source: reason" to a count."""

    counts: dict[Outcome, int]
    reasons: dict[str, int]

    @property
    def answered(self) -> bool:
        """True if no source failed. Uncovered is not failed: trying again would not help."""
        return self.counts[Outcome.NOT_CHECKED] == 0

    def sentence(self) -> str:
        """One line for an operator: "3 checked, 2 unchanged, 1 not checked (hibp: timeout ×1)"."""
        parts = [
            f"{count} {outcome.value.replace('_', ' ')}"
            for outcome, count in self.counts.items()
            if count
        ]
        text = ", ".join(parts) or "nothing to check"
        if self.reasons:
            text += f" ({', '.join(f'{why} ×{n}' for why, n in sorted(self.reasons.items()))})"
        return text


def summarise(rows: Sequence[Coverage]) -> CoverageSummary:
    """Count `rows` by outcome, and the failures among them by source and reason."""
    counts = Counter(row.outcome for row in rows)
    reasons = Counter(
        f"{row.source.value}: {row.reason}" if row.source else str(row.reason)
        for row in rows
        if row.reason
    )
    return CoverageSummary({outcome: counts[outcome] for outcome in Outcome}, dict(reasons))
