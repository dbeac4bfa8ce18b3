"""Subscriptions by the hundred thousand, for measuring: rows only, nobody's data."""

from datetime import UTC, datetime

from sqlalchemy import text

from kordant_pipelines.storage.database import Database

SHARES = {"basic": 0.5, "plus": 0.3, "premium": 0.2}


def crowd(database: Database, subscriptions: int) -> dict[str, int]:
    """Insert that many active subscriptions, half of them Basic; how many of each tier."""
    counts = {tier: round(share * subscriptions) for tier, share in SHARES.items()}
    counts["basic"] += subscriptions - sum(counts.values())
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    with database.connection() as connection:
        first = 0
        for tier, count in counts.items():
            parameters = {"first": first, "last": first + count - 1, "tier": tier, "at": long_ago}
            for statement in (_USERS, _SUBSCRIPTIONS):
                connection.execute(text(statement), parameters)
            first += count
        connection.execute(text("ANALYZE users, subscriptions"))
    return counts


_USERS = """
INSERT INTO users (id, name_sealed, locale, time_zone, wrapped_key, master_key_id, created_at)
SELECT 'usr_' || n, '', 'en-US', 'UTC', '', 'none', :at
FROM generate_series(:first, :last) n
"""

_SUBSCRIPTIONS = """
INSERT INTO subscriptions (id, user_id, external_ref, tier, status, include_unverified, created_at)
SELECT 'sub_' || n, 'usr_' || n, 'sale-' || n, :tier, 'active', false, :at
FROM generate_series(:first, :last) n
"""
