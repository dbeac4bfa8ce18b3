"""What tests read back from the database."""

from collections import Counter

from sqlalchemy import func, select

from kordant_pipelines.domain.coverage import Outcome
from kordant_pipelines.services.new_subscription import NewSubscription
from kordant_pipelines.services.subscriptions import Subscriptions
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import (
    Base,
    CoverageRow,
    ScanRow,
    SubscriptionRow,
    WatchItemRow,
)


def subscribe(subscriptions: Subscriptions, *emails: str, **more: object) -> str:
    """Add a Premium subscription that watches `emails`; its id."""
    fields: dict[str, object] = {
        "ref": f"sale-{len(subscriptions.summaries())}",
        "tier": "premium",
        "name": "Test Person",
        "contact_emails": ("owner@example.com",),
        "emails": emails,
    }
    return subscriptions.add(NewSubscription.model_validate(fields | more))[0]


def coverage_of(database: Database, run_id: str) -> Counter[tuple[str | None, Outcome, str | None]]:
    """The run's coverage, counted by source, outcome and reason."""
    with database.transaction() as session:
        rows = session.scalars(
            select(CoverageRow)
            .join(ScanRow, ScanRow.id == CoverageRow.scan_id)
            .where(ScanRow.run_id == run_id)
        )
        return Counter((row.source, row.outcome, row.reason) for row in rows)


def counts(database: Database) -> dict[str, int]:
    """How many rows each table of breach findings holds."""
    return _counts(database, "exposures", "alerts", "alert_exposures", "notifications")


def title_counts(database: Database) -> dict[str, int]:
    """How many rows each table of property findings holds."""
    return _counts(database, "property_documents", "alerts", "alert_documents", "notifications")


def _counts(database: Database, *tables: str) -> dict[str, int]:
    with database.transaction() as session:
        return {
            name: session.execute(
                select(func.count()).select_from(Base.metadata.tables[name])
            ).scalar_one()
            for name in tables
        }


def is_empty(database: Database) -> bool:
    """Whether nothing of any sale is stored."""
    with database.transaction() as session:
        return not any(
            session.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (SubscriptionRow, WatchItemRow, Base.metadata.tables["users"])
        )


def stored_bytes(database: Database, *tables: str) -> bytes:
    """All that these tables hold, as bytes to search in."""
    with database.transaction() as session:
        rows = [
            value
            for name in tables
            for row in session.execute(select(Base.metadata.tables[name]))
            for value in row
        ]
    return b"\n".join(v if isinstance(v, bytes) else str(v).encode() for v in rows)
