"""Gathering what a report is compiled from, in one consistent view of the database."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.names import short_name
from kordant_pipelines.domain.reports.compiling import by_severity, moments
from kordant_pipelines.domain.reports.inputs import ReportInputs, Snapshot
from kordant_pipelines.domain.reports.periods import Period, ReportKind
from kordant_pipelines.security.vault import UserCipher
from kordant_pipelines.services.people import NAME_COLUMN, People, open_item
from kordant_pipelines.services.reports.coverage import gather_items, gather_looks
from kordant_pipelines.services.reports.findings import gather_findings
from kordant_pipelines.services.reports.sections import (
    gather_brokers,
    gather_properties,
    gather_voice,
)
from kordant_pipelines.storage.models import ScanRow, SubscriptionRow, UserRow, WatchItemRow

POINTS = {ReportKind.MONTHLY: 7, ReportKind.WEEKLY: 12}
"""How many periods the trends show."""


def gather(
    session: Session, people: People, subscription: SubscriptionRow, period: Period
) -> ReportInputs:
    """What the report generated in `period` is made of, as things stood at the period's start.

    The session must read one view of the database (REPEATABLE READ).
    """
    user = session.get_one(UserRow, subscription.user_id)
    cipher = people.cipher_of(session, subscription.id)
    ends = moments(period, POINTS[period.kind])
    items = _items(session, subscription.id, period.start)
    masked = {item.id: _masked(cipher, item) for item in items}
    findings = gather_findings(session, masked, include_unverified=subscription.include_unverified)
    first_scan = session.scalar(
        select(ScanRow.scanned_at)
        .where(ScanRow.subscription_id == subscription.id, ScanRow.job == Job.DARKWATCH.value)
        .order_by(ScanRow.scanned_at)
        .limit(1)
    )
    return ReportInputs(
        period=period,
        tier=subscription.tier,
        addressee=short_name(cipher.decrypt(user.name_sealed, NAME_COLUMN)),
        locale=user.locale,
        items=gather_items(session, items, masked, period.start),
        looks=gather_looks(session, subscription.id, period.previous),
        findings=findings,
        history=[
            Snapshot(end, by_severity(findings, end) if first_scan and first_scan < end else None)
            for end in ends
        ],
        brokers=gather_brokers(session, subscription.id, ends),
        properties=gather_properties(session, subscription.id, ends),
        voice=gather_voice(session, subscription.id, period.previous),
    )


def _items(session: Session, subscription_id: str, end: datetime) -> list[WatchItemRow]:
    """The identifiers watched just before `end`, in the order in which they were given."""
    rows = session.scalars(
        select(WatchItemRow)
        .where(
            WatchItemRow.subscription_id == subscription_id,
            WatchItemRow.created_at < end,
            WatchItemRow.removed_at.is_(None) | (WatchItemRow.removed_at >= end),
        )
        .order_by(WatchItemRow.created_at, WatchItemRow.id)
    )
    return list(rows)


def _masked(cipher: UserCipher, item: WatchItemRow) -> str:
    return open_item(cipher, item).masked
