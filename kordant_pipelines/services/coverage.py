"""Recording what a run checked, whichever job it is of."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kordant_pipelines.domain.coverage import UNKNOWN, Coverage
from kordant_pipelines.storage.models import CoverageRow, ScanRow


def store_coverage(
    session: Session,
    job: str,
    subscription_id: str,
    run_id: str,
    now: datetime,
    coverage: Sequence[Coverage],
) -> None:
    """Write a run's coverage; called again for the same run, it replaces what was written."""
    complete = all(row.outcome not in UNKNOWN for row in coverage)
    scan_id = store_scan(session, job, subscription_id, run_id, now, complete=complete)
    session.execute(delete(CoverageRow).where(CoverageRow.scan_id == scan_id))
    if coverage:
        session.execute(
            insert(CoverageRow),
            [
                {
                    "scan_id": scan_id,
                    "item_id": row.item_id,
                    "source": row.source.value if row.source else None,
                    "outcome": row.outcome,
                    "reason": row.reason,
                    "as_of": row.as_of,
                    "good_through": row.good_through,
                }
                for row in coverage
            ],
        )


def store_scan(
    session: Session, job: str, subscription_id: str, run_id: str, now: datetime, *, complete: bool
) -> int:
    """Write that a run scanned a subscription, whatever it covers; the scan's id."""
    statement = insert(ScanRow).values(
        run_id=run_id,
        subscription_id=subscription_id,
        job=job,
        scanned_at=now,
        complete=complete,
    )
    return session.execute(
        statement.on_conflict_do_update(
            index_elements=[ScanRow.run_id, ScanRow.subscription_id],
            set_={"scanned_at": now, "complete": complete},
        ).returning(ScanRow.id)
    ).scalar_one()
