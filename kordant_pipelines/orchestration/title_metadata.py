"""What a run shows of a HomeTitle scan: counts, days and coverage by code, never a property."""

from dagster import MetadataValue, TableColumn, TableRecord, TableSchema

from kordant_pipelines.domain.coverage import Outcome
from kordant_pipelines.orchestration.metadata import Shown
from kordant_pipelines.services.hometitle.scan import TitleReport


def title_metadata(report: TitleReport) -> dict[str, Shown]:
    """A scan's counts, how far the registers are behind, and what is unknown and why."""
    recorded, coverage = report.recorded, report.coverage
    counts = {
        "properties": report.properties,
        **{f"lookups {o.value.replace('_', ' ')}": coverage.counts[o] for o in Outcome},
        "documents found": recorded.found,
        "new documents": recorded.new_documents,
        "changed documents": recorded.changed_documents,
        "alerts raised": recorded.alerts,
        "of them questions": recorded.questions,
        "notifications owed": recorded.notifications,
    }
    metadata: dict[str, Shown] = {
        "coverage": MetadataValue.text(report.sentence()),
        **{name: MetadataValue.int(count) for name, count in counts.items()},
    }
    for title, first, second, rows in (
        ("behind the register", "register", "days", report.days_behind),
        ("unknown, and why", "source and reason", "lookups", coverage.reasons),
    ):
        if rows:
            metadata[title] = MetadataValue.table(
                records=[
                    TableRecord({first: key, second: count}) for key, count in sorted(rows.items())
                ],
                schema=TableSchema(columns=[TableColumn(first), TableColumn(second, type="int")]),
            )
    return metadata
