"""Storing a report's document and recording it, so that neither is ever there twice or alone.

The row is written first, which makes anyone else who generates the same report wait; then the
ciphertext, at a place made of the report's own key; then both are committed. Killed before that,
the next try writes the same place again: no document is left over, none is recorded without one.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kordant_pipelines.domain.reports.periods import Period, ReportKind
from kordant_pipelines.security.vault import UserCipher
from kordant_pipelines.services.reports.owing import owe_report_ready
from kordant_pipelines.storage.models import ReportRow, SubscriptionRow
from kordant_pipelines.storage.objects import ObjectStore

DOCUMENT_COLUMN = "reports.document"


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """A report as a list shows it: no personal data. `checksum` is the PDF's SHA-256."""

    id: str
    subscription_id: str
    kind: str
    period: str
    first_day: date
    last_day: date
    checksum: str
    size: int
    pages: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ReportCounts:
    """What a report tells, counted."""

    new: int
    resolved: int
    open: int
    identifiers: int
    not_checked_in_full: int


@dataclass(frozen=True, slots=True)
class Generated:
    """A report, and whether this call made it; one that was there has no `counts`."""

    record: ReportRecord
    counts: ReportCounts | None
    notifications: int

    @property
    def is_new(self) -> bool:
        """Whether this call made it."""
        return self.counts is not None


def document_name(kind: ReportKind, period: str) -> str:
    """What a report's document is called in its subscription's folder."""
    return f"{kind.value}-{period}.pdf.sealed"


def held_report(session: Session, subscription_id: str, period: Period) -> ReportRow | None:
    """The report of this period, if it was made."""
    return session.scalar(
        select(ReportRow).where(
            ReportRow.subscription_id == subscription_id,
            ReportRow.kind == period.kind,
            ReportRow.period == period.key,
        )
    )


def record_report(
    session: Session,
    store: ObjectStore,
    cipher: UserCipher,
    subscription: SubscriptionRow,
    period: Period,
    document: tuple[bytes, int],
    run_id: str,
    now: datetime,
) -> tuple[ReportRow, int | None]:
    """Record a rendered report (its PDF and pages); the row, and how many notifications it owes.

    None notifications if another run recorded the report first: that one's row is returned.

    Raises:
        StoreUnusable: the document could not be stored; the transaction must not be committed.
    """
    pdf, pages = document
    report_id = session.scalar(
        insert(ReportRow)
        .values(
            subscription_id=subscription.id,
            kind=period.kind,
            period=period.key,
            first_day=period.previous.first_day,
            last_day=period.previous.last_day,
            checksum=hashlib.sha256(pdf).hexdigest(),
            size=len(pdf),
            pages=pages,
            created_at=now,
            run_id=run_id,
        )
        .on_conflict_do_nothing(
            index_elements=[ReportRow.subscription_id, ReportRow.kind, ReportRow.period]
        )
        .returning(ReportRow.id)
    )
    if report_id is None:
        held = held_report(session, subscription.id, period)
        if held is None:
            raise LookupError("a report that stood in the way is gone; try again")
        return held, None
    name = document_name(period.kind, period.key)
    store.put(subscription.id, name, cipher.encrypt_bytes(pdf, DOCUMENT_COLUMN))
    row = session.get_one(ReportRow, report_id)
    return row, owe_report_ready(session, cipher, subscription, row, now)


def as_record(row: ReportRow) -> ReportRecord:
    """A row as it is shown."""
    return ReportRecord(
        id=row.id,
        subscription_id=row.subscription_id,
        kind=row.kind.value,
        period=row.period,
        first_day=row.first_day,
        last_day=row.last_day,
        checksum=row.checksum,
        size=row.size,
        pages=row.pages,
        created_at=row.created_at,
    )
