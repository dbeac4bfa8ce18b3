"""The outbox: notifications are owed in the transaction that made what they tell of."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kordant_pipelines.storage.models import (
    AlertRow,
    Channel,
    ContactPointRow,
    NotificationRow,
    PreferenceRow,
)
from kordant_pipelines.storage.models.notifications import NotificationStatus


def enqueue(session: Session, user_id: str, alert_keys: Sequence[str], now: datetime) -> int:
    """Owe the user's contact points the alerts with these dedupe keys; return how many are new.

    A contact point hears of an alert once, and only of severities its channel's preference admits.
    """
    alerts = session.execute(
        select(AlertRow.id, AlertRow.severity).where(AlertRow.dedupe_key.in_(alert_keys))
    ).all()
    contacts = session.execute(
        select(ContactPointRow.id, ContactPointRow.channel, PreferenceRow.min_severity)
        .join(
            PreferenceRow,
            (PreferenceRow.user_id == ContactPointRow.user_id)
            & (PreferenceRow.channel == ContactPointRow.channel),
        )
        .where(ContactPointRow.user_id == user_id)
    ).all()
    rows = [
        {
            "alert_id": alert.id,
            "contact_point_id": contact.id,
            "channel": contact.channel,
            "dedupe_key": f"{alert.id}:{contact.id}",
            "status": NotificationStatus.PENDING,
            "created_at": now,
        }
        for alert in alerts
        for contact in contacts
        if alert.severity.rank >= contact.min_severity.rank
    ]
    return _store(session, rows)


def enqueue_report(session: Session, user_id: str, report_id: str, now: datetime) -> int:
    """Owe the user's e-mail addresses the news of a report; return how many are new.

    A report has no severity, so no preference holds it back.
    """
    contacts = session.scalars(
        select(ContactPointRow.id).where(
            ContactPointRow.user_id == user_id, ContactPointRow.channel == Channel.EMAIL
        )
    )
    return _store(
        session,
        [
            {
                "report_id": report_id,
                "contact_point_id": contact_id,
                "channel": Channel.EMAIL,
                "dedupe_key": f"{report_id}:{contact_id}",
                "status": NotificationStatus.PENDING,
                "created_at": now,
            }
            for contact_id in contacts
        ],
    )


def _store(session: Session, rows: Sequence[Mapping[str, object]]) -> int:
    if not rows:
        return 0
    result = session.execute(
        insert(NotificationRow)
        .values(rows)
        .on_conflict_do_nothing(index_elements=[NotificationRow.dedupe_key])
        .returning(NotificationRow.id)
    )
    return len(result.all())
