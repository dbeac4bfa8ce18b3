"""The outbox: notifications are owed in the transaction that wrote what they tell of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kordant_pipelines.domain.channels import Channel
from kordant_pipelines.domain.notices import Subject, SubjectKind
from kordant_pipelines.domain.sending_times import Wishes, send_at
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.security.vault import UserCipher
from kordant_pipelines.services.people import SUBJECT_COLUMN
from kordant_pipelines.storage.models import (
    AlertRow,
    ContactPointRow,
    NotificationRow,
    PreferenceRow,
    SubscriptionRow,
    UserRow,
)
from kordant_pipelines.storage.models.notifications import NotificationStatus


def enqueue(session: Session, user_id: str, alert_keys: Sequence[str], now: datetime) -> int:
    """Owe the user's contact points the alerts with these dedupe keys; return how many are new.

    A contact point hears of an alert once, and only of severities its channel's preference admits.
    """
    alerts = session.execute(
        select(AlertRow.id, AlertRow.subscription_id, AlertRow.severity).where(
            AlertRow.dedupe_key.in_(alert_keys)
        )
    ).all()
    contacts = _contacts(session, user_id, tuple(Channel))
    return _store(
        session,
        [
            contact.row(alert.severity, now)
            | {
                "subscription_id": alert.subscription_id,
                "subject": SubjectKind.ALERT,
                "alert_id": alert.id,
                "facts_sealed": None,
                "dedupe_key": f"{alert.id}:{contact.id}",
            }
            for alert in alerts
            for contact in contacts
            if alert.severity.rank >= contact.wishes.min_severity.rank
        ],
    )


def enqueue_subject(
    session: Session,
    cipher: UserCipher,
    subscription: SubscriptionRow,
    subject: Subject,
    now: datetime,
    *,
    channels: Sequence[Channel] = (Channel.EMAIL,),
) -> int:
    """Owe the subscription's owner something that is no alert; return how many are new.

    Each contact point of `channels` hears of it once, whatever severities its preference admits;
    its severity says only whether it goes at once or with the next digest.

    Args:
        session: the transaction that wrote what is told of.
        cipher: the owner's; the facts are kept under it until they are told.
        subscription: whose.
        subject: what; its `dedupe_key` must be unique among all subjects, as "report:rpt_…".
        now: the present moment.
        channels: where.
    """
    facts = subject.facts.model_dump_json()
    return _store(
        session,
        [
            contact.row(subject.severity, now)
            | {
                "subscription_id": subscription.id,
                "subject": subject.kind,
                "alert_id": None,
                "facts_sealed": cipher.encrypt(facts, SUBJECT_COLUMN),
                "dedupe_key": f"{subject.dedupe_key}:{contact.id}",
            }
            for contact in _contacts(session, subscription.user_id, channels)
        ],
    )


@dataclass(frozen=True, slots=True)
class _Contact:
    """A contact point, what its owner wants of its channel, and where they live."""

    id: str
    channel: Channel
    wishes: Wishes
    zone: ZoneInfo

    def row(self, severity: Severity, now: datetime) -> dict[str, object]:
        """What any notification of this contact point has."""
        return {
            "contact_point_id": self.id,
            "channel": self.channel,
            "severity": severity,
            "status": NotificationStatus.PENDING,
            "created_at": now,
            "not_before": send_at(now, now, severity, self.wishes, self.zone),
        }


def _contacts(session: Session, user_id: str, channels: Sequence[Channel]) -> Sequence[_Contact]:
    rows = session.execute(
        select(ContactPointRow, PreferenceRow, UserRow.time_zone)
        .join(
            PreferenceRow,
            (PreferenceRow.user_id == ContactPointRow.user_id)
            & (PreferenceRow.channel == ContactPointRow.channel),
        )
        .join(UserRow, UserRow.id == ContactPointRow.user_id)
        .where(ContactPointRow.user_id == user_id, ContactPointRow.channel.in_(channels))
        .order_by(ContactPointRow.id)
    )
    return [
        _Contact(point.id, point.channel, preference.wishes(), ZoneInfo(zone))
        for point, preference, zone in rows
    ]


def _store(session: Session, rows: Sequence[dict[str, object]]) -> int:
    if not rows:
        return 0
    result = session.execute(
        insert(NotificationRow)
        .values(rows)
        .on_conflict_do_nothing(index_elements=[NotificationRow.dedupe_key])
        .returning(NotificationRow.id)
    )
    return len(result.all())
