"""What tests read back from the database."""

import json
from collections import Counter

from sqlalchemy import func, select

from kordant_pipelines.domain.alerts import AlertText, compose
from kordant_pipelines.domain.coverage import Outcome
from kordant_pipelines.security.keyring import Keyring
from kordant_pipelines.services.darkwatch.alerting import FACTS
from kordant_pipelines.services.people import FACTS_COLUMN, People
from kordant_pipelines.services.subscriptions import NewSubscription, Subscriptions
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import (
    AlertRow,
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


def alerts_of(
    database: Database, keyring: Keyring, subscription_id: str
) -> list[tuple[AlertRow, AlertText]]:
    """The subscription's alerts in the order raised, with their words."""
    people = People.with_keyring(keyring)
    with database.transaction() as session:
        cipher = people.cipher_of(session, subscription_id)
        rows = session.scalars(
            select(AlertRow)
            .where(AlertRow.subscription_id == subscription_id)
            .order_by(AlertRow.raised_at)
        ).all()
        return [
            (
                row,
                compose(
                    row.kind,
                    FACTS.validate_python(
                        json.loads(cipher.decrypt(row.facts_sealed, FACTS_COLUMN))
                    ),
                ),
            )
            for row in rows
        ]


def coverage_of(database: Database, run_id: str) -> Counter[tuple[str | None, Outcome, str | None]]:
    """The run's coverage, counted by source, outcome and reason."""
    with database.transaction() as session:
        rows = session.scalars(
            select(CoverageRow)
            .join(ScanRow, ScanRow.id == CoverageRow.scan_id)
            .where(ScanRow.run_id == run_id)
        )
        return Counter(
            (row.source.value if row.source else None, row.outcome, row.reason) for row in rows
        )


def counts(database: Database) -> dict[str, int]:
    """How many rows each table of findings holds."""
    tables = ("exposures", "alerts", "alert_exposures", "notifications")
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
