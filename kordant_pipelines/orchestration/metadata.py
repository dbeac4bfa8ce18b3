"""What a run shows of what it did: counts and coverage by code, never an identifier."""

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
from kordant_pipelines.services.darkwatch.scan import ScanReport
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
        metadata["unknown, and why"] = MetadataValue.table(
            records=[
                TableRecord({"source and reason": reason, "lookups": count})
                for reason, count in sorted(coverage.reasons.items())
            ],
            schema=TableSchema(
                columns=[TableColumn("source and reason"), TableColumn("lookups", type="int")]
            ),
        )
    return metadata


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
