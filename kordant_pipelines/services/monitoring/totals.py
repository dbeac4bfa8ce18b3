"""Totals of ended runs, kept as they are settled: to count them anew would cost more each day."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kordant_pipelines.domain.calendar.owed import State
from kordant_pipelines.domain.calendar.retries import Ended
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.monitoring import BUCKETS, Measure, bucket_of
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import OwedRunRow, RunTimingRow, RunTotalRow


@dataclass(frozen=True, slots=True)
class Ending:
    """A run that was settled: what became of it, and how long it waited and took, if it began."""

    job: Job
    tier: Tier
    state: State
    seconds: Mapping[Measure, float]

    @classmethod
    def of(cls, row: OwedRunRow, ended: Ended) -> "Ending":
        """The settled attempt `row`, whose run ended so."""
        seconds: dict[Measure, float] = {}
        if ended.started_at is not None:
            seconds[Measure.DURATION] = max(0.0, (ended.at - ended.started_at).total_seconds())
            # One that was launched by hand came due nowhere before it ran.
            if row.due_at <= ended.started_at:
                seconds[Measure.WAIT] = (ended.started_at - row.due_at).total_seconds()
        return cls(row.job, row.tier, row.state, seconds)


@dataclass(frozen=True, slots=True)
class Histogram:
    """Runs by upper bound in seconds, each bucket without those below it, and their sum."""

    buckets: Mapping[float, int]
    seconds: float


@dataclass(frozen=True, slots=True)
class RunTotals:
    """All there ever was."""

    runs: Mapping[tuple[Job, Tier, State], int]
    timings: Mapping[tuple[Job, Tier, Measure], Histogram]


class Totals:
    """Reads the totals of one domain database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self) -> RunTotals:
        """The totals now."""
        with self._database.transaction() as session:
            runs = {
                (row.job, row.tier, row.state): row.runs
                for row in session.scalars(select(RunTotalRow))
            }
            rows: dict[tuple[Job, Tier, Measure], list[RunTimingRow]] = {}
            for row in session.scalars(select(RunTimingRow).order_by(RunTimingRow.bound)):
                rows.setdefault((row.job, row.tier, row.measure), []).append(row)
        return RunTotals(runs, {key: _histogram(key[2], found) for key, found in rows.items()})


def count_endings(session: Session, endings: Collection[Ending]) -> None:
    """Add settled runs to the totals, in the transaction that settles them."""
    runs: Counter[tuple[Job, Tier, State]] = Counter()
    counts: Counter[tuple[Job, Tier, Measure, float]] = Counter()
    seconds: defaultdict[tuple[Job, Tier, Measure, float], float] = defaultdict(float)
    for ending in endings:
        runs[ending.job, ending.tier, ending.state] += 1
        for measure, taken in ending.seconds.items():
            key = (ending.job, ending.tier, measure, bucket_of(measure, taken))
            counts[key] += 1
            seconds[key] += taken
    # In one order for all who write them, so that nobody waits in a circle.
    for job, tier, state in sorted(runs):
        total = insert(RunTotalRow).values(
            job=job, tier=tier, state=state, runs=runs[job, tier, state]
        )
        session.execute(
            total.on_conflict_do_update(
                index_elements=[RunTotalRow.job, RunTotalRow.tier, RunTotalRow.state],
                set_={"runs": RunTotalRow.runs + total.excluded.runs},
            )
        )
    for key in sorted(counts):
        job, tier, measure, bound = key
        timing = insert(RunTimingRow).values(
            job=job,
            tier=tier,
            measure=measure,
            bound=bound,
            runs=counts[key],
            seconds=seconds[key],
        )
        session.execute(
            timing.on_conflict_do_update(
                index_elements=[
                    RunTimingRow.job,
                    RunTimingRow.tier,
                    RunTimingRow.measure,
                    RunTimingRow.bound,
                ],
                set_={
                    "runs": RunTimingRow.runs + timing.excluded.runs,
                    "seconds": RunTimingRow.seconds + timing.excluded.seconds,
                },
            )
        )


def _histogram(measure: Measure, rows: Sequence[RunTimingRow]) -> Histogram:
    found = {row.bound: row.runs for row in rows}
    bounds = (*BUCKETS[measure], float("inf"))
    return Histogram(
        {bound: found.get(bound, 0) for bound in bounds}, sum(row.seconds for row in rows)
    )
