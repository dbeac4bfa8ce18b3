"""Owing the news that a report is ready: the one place where reports meet notifications."""

from datetime import datetime

from sqlalchemy.orm import Session

from kordant_pipelines.services.outbox import enqueue_report


def owe_report_ready(session: Session, user_id: str, report_id: str, now: datetime) -> int:
    """Owe the user the news that a report can be fetched; return how many notifications are new.

    Whoever sends it makes the link then, with `Reports.link`: a link kept in the outbox would age
    there.
    """
    return enqueue_report(session, user_id, report_id, now)
