"""Addresses that are sent to no more, by the blind index of the address."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kordant_pipelines.domain.channels import Channel, SuppressionReason
from kordant_pipelines.storage.models import (
    ContactPointRow,
    DeliveryRow,
    NotificationRow,
    SuppressionRow,
)
from kordant_pipelines.storage.models.deliveries import DeliveryStatus
from kordant_pipelines.storage.models.notifications import NotificationStatus


def suppress(session: Session, delivery_id: str, reason: SuppressionReason, now: datetime) -> None:
    """Send no more to the address that a message went to."""
    contact = session.scalar(
        select(ContactPointRow)
        .join(DeliveryRow, DeliveryRow.contact_point_id == ContactPointRow.id)
        .where(DeliveryRow.id == delivery_id)
    )
    if contact is not None:
        suppress_contact(session, contact, reason, now)


def suppress_contact(
    session: Session, contact: ContactPointRow, reason: SuppressionReason, now: datetime
) -> None:
    """Send no more to an address, whoever has it; what is rendered for it already is not sent.

    A device's token, once dead, is forgotten altogether.
    """
    session.execute(
        insert(SuppressionRow)
        .values(channel=contact.channel, value_index=contact.value_index, reason=reason, since=now)
        .on_conflict_do_nothing()
    )
    same_address = select(ContactPointRow.id).where(
        ContactPointRow.channel == contact.channel,
        ContactPointRow.value_index == contact.value_index,
    )
    stopped = session.scalars(
        update(DeliveryRow)
        .where(
            DeliveryRow.contact_point_id.in_(same_address),
            DeliveryRow.status == DeliveryStatus.READY,
        )
        .values(status=DeliveryStatus.FAILED, reason=reason.value, next_at=None)
        .returning(DeliveryRow.id)
    ).all()
    session.execute(
        update(NotificationRow)
        .where(NotificationRow.delivery_id.in_(stopped))
        .values(status=NotificationStatus.DROPPED, reason=reason.value)
    )
    if contact.channel is Channel.PUSH and reason is SuppressionReason.UNREACHABLE:
        contact.value_sealed = b""


def lift(session: Session, contact: ContactPointRow) -> bool:
    """Send to an address again; whether it was suppressed."""
    lifted = session.scalar(
        delete(SuppressionRow)
        .where(
            SuppressionRow.channel == contact.channel,
            SuppressionRow.value_index == contact.value_index,
        )
        .returning(SuppressionRow.reason)
    )
    return lifted is not None
