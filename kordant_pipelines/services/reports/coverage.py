"""The coverage of a report: what DarkWatch looked at, and what is known of each identifier."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from kordant_pipelines.domain.breaches import Source
from kordant_pipelines.domain.coverage import UNKNOWN, Outcome
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.reports.inputs import Gap, Looks, WatchedItem
from kordant_pipelines.domain.reports.periods import Period
from kordant_pipelines.storage.models import CoverageRow, ScanRow, WatchItemRow


def gather_looks(session: Session, subscription_id: str, covers: Period) -> Looks:
    """The scans of a period, and their lookups counted by outcome."""
    rows = session.execute(
        select(ScanRow.id, ScanRow.complete, CoverageRow.outcome)
        .outerjoin(CoverageRow, CoverageRow.scan_id == ScanRow.id)
        .where(
            ScanRow.subscription_id == subscription_id,
            ScanRow.job == Job.DARKWATCH.value,
            ScanRow.scanned_at >= covers.start,
            ScanRow.scanned_at < covers.end,
        )
    ).all()
    frame = pd.DataFrame(
        [(row.id, row.complete, row.outcome and row.outcome.value) for row in rows],
        columns=["scan", "complete", "outcome"],
    )
    scans = frame.drop_duplicates("scan")
    outcomes = frame["outcome"].value_counts()
    return Looks(
        scans=len(scans),
        incomplete_scans=int((~scans["complete"].astype(bool)).sum()),
        outcomes={outcome: int(outcomes.get(outcome.value, 0)) for outcome in Outcome},
    )


def gather_items(
    session: Session, items: Sequence[WatchItemRow], masked: Mapping[str, str], end: datetime
) -> list[WatchedItem]:
    """What is known of each identifier just before `end`: each source's last word on it."""
    rows = session.execute(
        select(
            CoverageRow.item_id,
            CoverageRow.source,
            CoverageRow.outcome,
            CoverageRow.reason,
            CoverageRow.as_of,
        )
        .join(ScanRow, ScanRow.id == CoverageRow.scan_id)
        .where(
            CoverageRow.item_id.in_(masked),
            ScanRow.job == Job.DARKWATCH.value,
            ScanRow.scanned_at < end,
        )
        .order_by(ScanRow.scanned_at, CoverageRow.id)
    ).all()
    frame = pd.DataFrame(
        [
            (r.item_id, r.source and r.source.value, r.outcome.value, r.reason, r.as_of)
            for r in rows
        ],
        columns=["item", "source", "outcome", "reason", "as_of"],
    )
    frame["as_of"] = pd.to_datetime(frame["as_of"], utc=True)
    by_source = frame.groupby(["item", "source"], dropna=False, sort=True)
    last = by_source.tail(1).assign(known=by_source["as_of"].transform("max"))
    # A kind that no source covered once and one covers since has both: the newest look decides.
    covered = last[last["source"].notna()]["item"]
    last = last[last["source"].notna() | ~last["item"].isin(covered)]
    return [_item(item, masked[item.id], last[last["item"] == item.id]) for item in items]


def _item(item: WatchItemRow, masked: str, last: pd.DataFrame) -> WatchedItem:
    answers = [stamp.to_pydatetime() for stamp in last["known"].dropna()]
    gaps = [
        Gap(Source(source) if isinstance(source, str) else None, str(reason))
        for source, outcome, reason in zip(
            last["source"], last["outcome"], last["reason"], strict=True
        )
        if Outcome(outcome) in UNKNOWN
    ]
    return WatchedItem(
        masked=masked,
        kind=item.kind,
        looked_at=not last.empty,
        last_answer=min(answers) if answers else None,
        gaps=tuple(sorted(gaps, key=lambda gap: (gap.source or "", gap.reason))),
    )
