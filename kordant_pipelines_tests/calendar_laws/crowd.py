"""Many subscriptions at once, without the cost of encrypting what no calendar reads."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, insert

from kordant_pipelines.domain.subscriptions import SubscriptionStatus, Tier
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import Base, SubscriptionRow, UserRow

TABLES = ("owed_runs", "opened_periods", "schedule_config", "change_log", "subscriptions", "users")


def crowd(database: Database, tiers: Mapping[str, Tier], created_at: datetime) -> Sequence[str]:
    """Insert an active subscription for each id; the ids."""
    with database.transaction() as session:
        session.execute(
            insert(UserRow),
            [
                {
                    "id": f"usr_{id_}",
                    "name_sealed": b"",
                    "locale": "en-US",
                    "time_zone": "UTC",
                    "wrapped_key": b"",
                    "master_key_id": "none",
                    "created_at": created_at,
                }
                for id_ in tiers
            ],
        )
        session.execute(
            insert(SubscriptionRow),
            [
                {
                    "id": id_,
                    "user_id": f"usr_{id_}",
                    "external_ref": id_,
                    "tier": tier,
                    "status": SubscriptionStatus.ACTIVE,
                    "created_at": created_at,
                }
                for id_, tier in tiers.items()
            ],
        )
    return list(tiers)


def empty(database: Database) -> None:
    """Forget everyone, and what they were owed."""
    with database.transaction() as session:
        for name in TABLES:
            session.execute(delete(Base.metadata.tables[name]))
