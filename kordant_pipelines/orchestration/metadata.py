"""What a run shows of a scan: counts and coverage by code, never an identifier."""

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
