"""What a run shows of what it did: counts and coverage by code, never an identifier."""

from collections.abc import Iterable, Sequence

from dagster import (
    BoolMetadataValue,
    IntMetadataValue,
    MetadataValue,
    TableColumn,
    TableMetadataValue,
    TableRecord,
    TableSchema,
    TextMetadataValue,
)

from kordant_pipelines.domain.coverage import Outcome
from kordant_pipelines.domain.removals.troubles import Trouble
from kordant_pipelines.services.darkwatch.scan import ScanReport
from kordant_pipelines.services.removals.run import RunReport
from kordant_pipelines.services.reports.record import Generated

Shown = BoolMetadataValue | IntMetadataValue | TextMetadataValue | TableMetadataValue
"""What our metadata is made of."""


def scan_metadata(report: ScanReport) -> dict[str, Shown]:
    """A scan's counts, and a table of what could not be checked and why."""
    recorded, coverage = report.recorded, report.coverage
    counts = {
        "identifiers": report.items,
        **{f"lookups {o.value.replace('_', ' ')}": coverage.counts[o] for o in Outcome},
        "found": recorded.found,
        "new exposures": recorded.new_exposures,
        "exposures cleared": recorded.cleared,
        "alerts raised": recorded.alerts,
        "notifications owed": recorded.notifications,
    }
    metadata: dict[str, Shown] = {
        "coverage": MetadataValue.text(coverage.sentence()),
        **{name: MetadataValue.int(count) for name, count in counts.items()},
    }
    if coverage.reasons:
        metadata["unknown, and why"] = _table(
            "source and reason", "lookups", coverage.reasons.items()
        )
    return metadata


def removal_metadata(report: RunReport) -> dict[str, Shown]:
    """What a run did for a subscription's removals: requests by state, steps, what is unknown."""
    coverage = report.coverage
    metadata: dict[str, Shown] = {
        "coverage": MetadataValue.text(coverage.sentence()),
        "requests": MetadataValue.int(report.requests),
        "requests by state": _table("state", "requests", report.states.items()),
        "steps taken": _table("step", "times", report.steps.items()),
    }
    if coverage.reasons:
        metadata["unknown, and why"] = _table(
            "broker and reason", "brokers", coverage.reasons.items()
        )
    if report.problems:
        metadata["problems"] = _table("broker and reason", "times", report.problems.items())
    return metadata


def trouble_metadata(troubles: Sequence[Trouble]) -> dict[str, Shown]:
    """What stands between us and brokers, a row each; nothing where there is nothing."""
    if not troubles:
        return {}
    names = ("broker", "part", "reason", "since", "tried", "next try")
    rows = [
        (
            t.broker,
            t.part.value,
            t.reason,
            f"{t.since:%d %b %H:%M}",
            t.times,
            f"{t.try_at:%d %b %H:%M}",
        )
        for t in troubles
    ]
    return {
        "troubles": MetadataValue.table(
            records=[TableRecord(dict(zip(names, row, strict=True))) for row in rows],
            schema=TableSchema(columns=[TableColumn(name) for name in names]),
        )
    }


def _table(what: str, how_many: str, counts: Iterable[tuple[str, int]]) -> TableMetadataValue:
    return MetadataValue.table(
        records=[TableRecord({what: str(name), how_many: count}) for name, count in sorted(counts)],
        schema=TableSchema(columns=[TableColumn(what), TableColumn(how_many, type="int")]),
    )


def report_metadata(generated: Generated) -> dict[str, Shown]:
    """Which report it is, and what it tells, counted; of one that was there, only which."""
    record = generated.record
    metadata: dict[str, Shown] = {
        "report": MetadataValue.text(record.id),
        "period": MetadataValue.text(record.period),
        "covers": MetadataValue.text(f"{record.first_day} to {record.last_day}"),
        "made by this run": MetadataValue.bool(generated.is_new),
        "pages": MetadataValue.int(record.pages),
        "bytes": MetadataValue.int(record.size),
        "notifications owed": MetadataValue.int(generated.notifications),
    }
    counts = generated.counts
    if counts is not None:
        metadata |= {
            "new findings": MetadataValue.int(counts.new),
            "resolved findings": MetadataValue.int(counts.resolved),
            "open findings": MetadataValue.int(counts.open),
            "identifiers": MetadataValue.int(counts.identifiers),
            "identifiers not checked in full": MetadataValue.int(counts.not_checked_in_full),
        }
    return metadata
