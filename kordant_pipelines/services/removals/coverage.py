"""What a run knows of each broker, and what it does not: recorded with its reason."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from kordant_pipelines.domain.coverage import UNKNOWN, CoverageSummary, Outcome
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.removals.brokers import Sight
from kordant_pipelines.domain.removals.states import State
from kordant_pipelines.services.coverage import store_scan
from kordant_pipelines.services.removals import errands
from kordant_pipelines.services.removals.alerting import raise_removal_alerts
from kordant_pipelines.services.removals.case import Case
from kordant_pipelines.services.removals.file import Entry, RequestFile
from kordant_pipelines.storage.models import BrokerCoverageRow


@dataclass(frozen=True, slots=True)
class BrokerCoverage:
    """What is known of one broker. `as_of` is when what we rely on was seen."""

    broker: str
    outcome: Outcome
    reason: str | None = None
    as_of: datetime | None = None


def conclude(
    case: Case, now: datetime, looks: Mapping[str, errands.Outcome]
) -> tuple[CoverageSummary, dict[State, int]]:
    """Record the run's coverage and raise its alerts; return it counted, and requests by state.

    `looks` are the run's looks by request. Called again for the same run, it replaces what it
    wrote.
    """
    with case.database.transaction() as session:
        file = RequestFile(session, case.subscription_id, now, case.run_id)
        raise_removal_alerts(session, case.cipher, case.subscription_id, case.run_id, now)
        rows = [_coverage_of(entry, looks.get(entry.row.id), now) for entry in file]
        states = Counter(entry.request.state for entry in file)
        complete = all(row.outcome not in UNKNOWN for row in rows)
        scan_id = store_scan(
            session, Job.REMOVALS, case.subscription_id, case.run_id, now, complete=complete
        )
        session.execute(delete(BrokerCoverageRow).where(BrokerCoverageRow.scan_id == scan_id))
        if rows:
            session.execute(
                insert(BrokerCoverageRow),
                [
                    {
                        "scan_id": scan_id,
                        "broker_key": row.broker,
                        "outcome": row.outcome,
                        "reason": row.reason,
                        "as_of": row.as_of,
                    }
                    for row in rows
                ],
            )
    counts = Counter(row.outcome for row in rows)
    reasons = Counter(f"{row.broker}: {row.reason}" for row in rows if row.reason)
    return (
        CoverageSummary({outcome: counts[outcome] for outcome in Outcome}, dict(reasons)),
        dict(states),
    )


def _coverage_of(entry: Entry, look: errands.Outcome | None, now: datetime) -> BrokerCoverage:
    key, request = entry.broker.key, entry.request
    if look is not None and look.seen is None:
        return BrokerCoverage(key, Outcome.NOT_CHECKED, look.reason)
    if look is not None:
        return BrokerCoverage(key, Outcome.CHECKED, as_of=now)
    if request.sight is Sight.NONE:
        return BrokerCoverage(key, Outcome.UNCOVERED, "publishes_no_profiles")
    if request.looked_at is not None and not request.failures:
        return BrokerCoverage(key, Outcome.NOT_DUE, as_of=request.looked_at)
    if request.sight is Sight.CUSTOMER:
        return BrokerCoverage(key, Outcome.UNCOVERED, "only_the_customer_sees")
    return BrokerCoverage(key, Outcome.NOT_CHECKED, "waits_for_another_try")
