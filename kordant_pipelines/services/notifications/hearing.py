"""What others tell us of a message: providers' later word, and its reader's wish for no more."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kordant_pipelines.providers.sending import DeliveryEvent, Fate
from kordant_pipelines.services.notifications.claims import mark_notifications
from kordant_pipelines.services.notifications.suppressing import suppress
from kordant_pipelines.storage.models import DeliveryRow
from kordant_pipelines.storage.models.deliveries import OPEN, DeliveryStatus

_STATUSES = {Fate.DELIVERED: DeliveryStatus.DELIVERED, Fate.FAILED: DeliveryStatus.FAILED}
_UNSETTLED = (*OPEN, DeliveryStatus.SENT, DeliveryStatus.UNCONFIRMED)


def hear(session: Session, event: DeliveryEvent, now: datetime) -> bool:
    """Take a provider's word; whether it was about a message of ours.

    It may come twice, late, or before we recorded that the message was sent: the first word that
    settles it stays, and one about a message in doubt ends the doubt. A reason to suppress counts
    whenever it comes.
    """
    about = (
        DeliveryRow.id == event.delivery_id
        if event.delivery_id
        else DeliveryRow.provider_id == event.provider_id
    )
    row = session.scalar(
        select(DeliveryRow).where(DeliveryRow.provider == event.provider, about).with_for_update()
    )
    if row is None:
        return False
    if row.status in _UNSETTLED:
        row.status = _STATUSES[event.fate]
        row.reason = event.reason
        row.next_at = row.claim = row.in_doubt_since = None
        row.provider_id = row.provider_id or event.provider_id
        row.sent_at = row.sent_at or now
        session.flush()
        mark_notifications(session, row.id, row.status, event.reason)
    if event.suppression is not None:
        suppress(session, row.id, event.suppression, now)
    return True
