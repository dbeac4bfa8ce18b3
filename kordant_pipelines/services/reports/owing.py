"""Owing the news that a report is ready: the one place where reports meet notifications."""

from datetime import datetime

from sqlalchemy.orm import Session

from kordant_pipelines.services.outbox import enqueue_report
from kordant_pipelines.storage.models import ReportRow, SubscriptionRow


def owe_report_ready(
    session: Session, subscription: SubscriptionRow, report: ReportRow, now: datetime
) -> int:
    """Owe the customer the news that a report can be fetched; how many notifications are new.

    Whoever sends it makes the link then, with `Reports.link`: a link kept in the outbox would age
    there.
    """
    return enqueue_report(session, subscription.user_id, report.id, now)
