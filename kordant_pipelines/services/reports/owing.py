"""Owing the news that a report is ready: the one place where reports meet notifications."""

from datetime import datetime

from sqlalchemy.orm import Session

from kordant_pipelines.domain.notices import ReportFacts, Subject
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.security.vault import UserCipher
from kordant_pipelines.services.outbox import enqueue_subject
from kordant_pipelines.storage.models import ReportRow, SubscriptionRow


def owe_report_ready(
    session: Session,
    cipher: UserCipher,
    subscription: SubscriptionRow,
    report: ReportRow,
    now: datetime,
) -> int:
    """Owe the customer the news that a report can be fetched; how many notifications are new.

    It goes by e-mail with the next digest. Its link is made when the message is: one kept in the
    outbox would age there.
    """
    facts = ReportFacts(report_id=report.id, first_day=report.first_day, last_day=report.last_day)
    subject = Subject(f"report:{report.id}", Severity.INFO, facts)
    return enqueue_subject(session, cipher, subscription, subject, now)
