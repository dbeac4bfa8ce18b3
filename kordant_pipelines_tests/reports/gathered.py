"""What a report is compiled from, to begin from: a test states only what matters to it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from kordant_pipelines.domain.breaches import Breach, Source
from kordant_pipelines.domain.coverage import Outcome
from kordant_pipelines.domain.identifiers import IdentifierKind
from kordant_pipelines.domain.reports.compiling import by_severity, moments
from kordant_pipelines.domain.reports.inputs import (
    Gap,
    KnownFinding,
    Looks,
    ReportInputs,
    Snapshot,
    WatchedItem,
)
from kordant_pipelines.domain.reports.periods import Period, ReportKind
from kordant_pipelines.domain.reports.sections import (
    Absence,
)
from kordant_pipelines.domain.subscriptions import Tier

NOVEMBER = Period.parse(ReportKind.MONTHLY, "2026-11")
WEEK_48 = Period.parse(ReportKind.WEEKLY, "2026-W48")


def a_finding(
    title: str = "Adobe",
    *classes: str,
    seen: datetime = datetime(2026, 10, 20, 8, tzinfo=UTC),
    cleared: datetime | None = None,
    by_first_check: bool = False,
    masked: str = "a•••@e•••.com",
    **breach: Any,
) -> KnownFinding:
    """Found in October 2026; without classes, of an e-mail address alone."""
    given: dict[str, Any] = {"source": Source.HIBP, "breach_date": date(2024, 10, 4)}
    data = frozenset(classes or ("Email addresses",))
    described = Breach(key=title, title=title, data_classes=data, **(given | breach))
    return KnownFinding(
        masked=masked,
        breaches=(described,),
        data_classes=data,
        first_seen=seen,
        cleared_at=cleared,
        by_first_check=by_first_check,
    )


def an_item(number: int = 1, *gaps: Gap, last: datetime | None = None, **more: Any) -> WatchedItem:
    """An address that was looked at on 31 October."""
    given: dict[str, Any] = {
        "masked": f"{'abcdefghij'[number % 10]}•••@e•••.com",
        "kind": IdentifierKind.EMAIL,
        "looked_at": True,
        "last_answer": last or datetime(2026, 10, 31, 4, tzinfo=UTC),
        "gaps": gaps,
    }
    return WatchedItem(**(given | more))


def inputs(
    findings: Sequence[KnownFinding] = (),
    *,
    period: Period = NOVEMBER,
    watched_since: datetime = datetime(2026, 6, 3, tzinfo=UTC),
    points: int = 7,
    **more: Any,
) -> ReportInputs:
    """The inputs of a subscription that watches one address, checked in full."""
    known = [m for m in moments(period, points) if m > watched_since]
    given: dict[str, Any] = {
        "tier": Tier.PLUS if period.kind is ReportKind.MONTHLY else Tier.PREMIUM,
        "addressee": "Ada L.",
        "locale": "en-US",
        "items": (an_item(),),
        "looks": Looks(
            scans=31, incomplete_scans=0, outcomes={Outcome.CHECKED: 5, Outcome.UNCHANGED: 57}
        ),
        "brokers": Absence.NOTHING_WATCHED,
        "properties": Absence.NOTHING_WATCHED,
        "voice": Absence.NOTHING_WATCHED,
        "history": [
            Snapshot(m, by_severity(findings, m) if m in known else None)
            for m in moments(period, points)
        ],
    }
    return ReportInputs(period=period, findings=findings, **(given | more))
