"""What the demo found, as a table for people and as JSON for programs."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence

from rich import box
from rich.table import Table

from kordant_pipelines.cli.demo.scans import Outcome
from kordant_pipelines.domain import coverage
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.domain.voice.verdicts import Signal
from kordant_pipelines.services.hometitle.properties import PropertySummary
from kordant_pipelines.services.overview import TierOverview
from kordant_pipelines.services.voice.view import SeenJob

_HEADINGS = (
    "tier",
    "subs",
    "scans ok",
    "findings",
    "hidden",
    "alerts",
    "asked",
    "known",
    "unknown",
)


def summary_table(
    tiers: Mapping[Tier, TierOverview],
    subscriptions: Mapping[str, Tier],
    outcome: Outcome,
    seconds: float,
) -> Table:
    """A row a tier and a total."""
    rows = [
        _row(tier, found, outcome, {s for s, of in subscriptions.items() if of is tier})
        for tier, found in tiers.items()
    ]
    table = Table(
        title=f"DarkWatch, every subscription ({seconds:.0f} s)",
        show_footer=True,
        box=box.SIMPLE_HEAD,
        collapse_padding=True,  # nine columns in a terminal of eighty
    )
    for place, heading in enumerate(_HEADINGS):
        total = "total" if place == 0 else str(sum(int(row[place]) for row in rows))
        table.add_column(heading, footer=total, justify="left" if place == 0 else "right")
    for row in rows:
        table.add_row(*row)
    table.caption_justify = "left"
    table.caption = (
        "findings: identifiers in breaches that customers hear of; hidden: in retired, "
        "fabricated, spam-list or unverified ones. Of the lookups a scan owes: asked and "
        "answered now; known, since nothing can have changed; unknown, not checked."
    )
    return table


def homes_line(homes: Sequence[PropertySummary]) -> str:
    """The watched homes, in a line."""
    documents = sum(home.documents for home in homes)
    return (
        f"HomeTitle: {len(homes)} homes, {_read(homes)} of them found in their registers, with "
        f"{documents} documents. `kordant properties list` shows each."
    )


def _read(homes: Sequence[PropertySummary]) -> int:
    return sum(home.checked_at is not None for home in homes)


def summary_json(
    tiers: Mapping[Tier, TierOverview],
    homes: Sequence[PropertySummary],
    recordings: Sequence[SeenJob],
    outcome: Outcome,
    seconds: float,
) -> str:
    """One JSON object; `exposures`, `alerts` and `notifications` are DarkWatch's."""
    return json.dumps(
        {
            "runs": outcome.by_job(),
            "exposures": sum(t.exposures + t.hidden for t in tiers.values()),
            "alerts": sum(t.alerts for t in tiers.values()),
            "notifications": sum(t.notifications for t in tiers.values()),
            "homes": {"watched": len(homes), "checked": _read(homes)},
            "recordings": Counter(_heard(job) for job in recordings),
            "unknown": sum(t.count(*coverage.UNKNOWN) for t in tiers.values()),
            "seconds": round(seconds, 1),
        }
    )


def _heard(job: SeenJob) -> str:
    """What weighs most of a recording."""
    if job.result is None:
        return job.state
    return Signal.REPLAY if Signal.REPLAY in job.result.signals else job.result.match


def _row(
    tier: Tier, found: TierOverview, outcome: Outcome, subscriptions: set[str]
) -> tuple[str, ...]:
    numbers = (
        found.subscriptions,
        outcome.succeeded_for(Job.DARKWATCH, subscriptions),
        found.exposures,
        found.hidden,
        found.alerts,
        found.count(coverage.Outcome.CHECKED),
        found.count(coverage.Outcome.UNCHANGED, coverage.Outcome.NOT_DUE),
        found.count(*coverage.UNKNOWN),
    )
    return tier.value, *map(str, numbers)
