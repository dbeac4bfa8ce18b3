"""From stored notifications to items in their reader's words."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kordant_pipelines.domain.notices import Item, MessageFacts, ReportFacts, SubjectKind
from kordant_pipelines.messages.items import exposure_item, message_item, report_item
from kordant_pipelines.messages.language import Language
from kordant_pipelines.security.vault import UserCipher
from kordant_pipelines.services.darkwatch.alerting import FACTS
from kordant_pipelines.services.notifications.links import Links
from kordant_pipelines.services.people import FACTS_COLUMN, SUBJECT_COLUMN
from kordant_pipelines.storage.models import AlertRow, NotificationRow


def tell(
    session: Session,
    cipher: UserCipher,
    notifications: Sequence[NotificationRow],
    language: Language,
    links: Links,
    now: datetime,
) -> list[Item]:
    """One item a notification, in their order."""
    ids = [n.alert_id for n in notifications if n.alert_id]
    alerts = {a.id: a for a in session.scalars(select(AlertRow).where(AlertRow.id.in_(ids)))}
    items: list[Item] = []
    for notification in notifications:
        if notification.alert_id:
            items.append(_alert(cipher, alerts[notification.alert_id], language))
        else:
            items.append(_subject(cipher, notification, language, links, now))
    return items


def _alert(cipher: UserCipher, alert: AlertRow, language: Language) -> Item:
    facts = FACTS.validate_json(cipher.decrypt(alert.facts_sealed, FACTS_COLUMN))
    return exposure_item(alert.kind, alert.severity, facts, language)


def _subject(
    cipher: UserCipher,
    notification: NotificationRow,
    language: Language,
    links: Links,
    now: datetime,
) -> Item:
    sealed = cipher.decrypt(notification.facts_sealed or b"", SUBJECT_COLUMN)
    if notification.subject is SubjectKind.REPORT:
        report = ReportFacts.model_validate_json(sealed)
        url = links.to_report(report.report_id, now)
        return report_item(report, url, language)
    message = MessageFacts.model_validate_json(sealed)
    return message_item(notification.severity, message, language)
