"""Generating a report: gathered, compiled, rendered, stored and recorded once.

Imported when the first report is generated: pandas and WeasyPrint take a second and 60 MB, which
other jobs and commands need not pay.
"""

from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.reports.compiling import compile_report
from kordant_pipelines.domain.reports.model import Known, Report, Standing
from kordant_pipelines.domain.reports.periods import Period
from kordant_pipelines.reports.pdf import render_pdf
from kordant_pipelines.services.people import People
from kordant_pipelines.services.reports.gather import gather
from kordant_pipelines.services.reports.record import (
    Generated,
    ReportCounts,
    as_record,
    record_report,
)
from kordant_pipelines.services.subscriptions import require_active
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.objects import ObjectStore


def generate_report(
    database: Database,
    people: People,
    store: ObjectStore,
    clock: Clock,
    *,
    subscription_id: str,
    period: Period,
    run_id: str,
) -> Generated:
    """Make the report that is generated in `period`, and record it.

    Raises:
        UnknownSubscription, InactiveSubscription: it is owed none; nothing was recorded.
        StoreUnusable: the document could not be stored; nothing was recorded.
    """
    with database.transaction() as session:
        # One view of all tables: a scan may be recorded meanwhile.
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        subscription = require_active(session, subscription_id)
        inputs = gather(session, people, subscription, period)
    report = compile_report(inputs)
    document = render_pdf(report)
    with database.transaction() as session:
        subscription = require_active(session, subscription_id)
        cipher = people.cipher_of(session, subscription_id)
        row, notifications = record_report(
            session,
            store,
            cipher,
            subscription,
            period,
            (document.pdf, document.pages),
            run_id,
            clock(),
        )
        return Generated(
            record=as_record(row),
            counts=None if notifications is None else _counts(report),
            notifications=notifications or 0,
        )


def _counts(report: Report) -> ReportCounts:
    items = len(report.coverage.items)
    return ReportCounts(
        new=report.count(Standing.NEW, Standing.FIRST_CHECK),
        resolved=report.count(Standing.RESOLVED),
        open=report.open_count,
        identifiers=items,
        not_checked_in_full=items - report.coverage.count(Known.ALL),
    )
