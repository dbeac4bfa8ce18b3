"""Thirty days of 300 subscriptions give the runs of the tier table, no more and no fewer."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from kordant_pipelines.domain.calendar.cadences import CADENCES, PAIRS, Cadence
from kordant_pipelines.domain.calendar.owed import Owed
from kordant_pipelines.domain.calendar.periods import WHOLE_DAY, due_at, period_at
from kordant_pipelines.domain.calendar.retries import RETRY_DELAYS, Ended, Ending
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.services.calendar.calendar import Calendar
from kordant_pipelines.services.calendar.outcomes import EndedRun, RunRef
from kordant_pipelines.storage.database import Database
from kordant_pipelines_tests.calendar_laws.crowd import crowd
from kordant_pipelines_tests.clock import HandClock

START = datetime(2026, 6, 1, tzinfo=UTC)
"""A Monday and a first: every cadence begins a period."""

DAYS = 30
TICK = timedelta(hours=2)
PER_TIER = 100


def test_thirty_days_of_three_hundred_subscriptions(database: Database) -> None:
    tiers = {f"sub_{t.value}_{n:03}": t for t in Tier for n in range(PER_TIER)}
    crowd(database, tiers, START - timedelta(days=12))
    clock = HandClock(START)
    calendar = Calendar.of(database, clock, queue_depth=100_000, retry_delays=RETRY_DELAYS)
    begun: list[Owed] = []
    for _ in range(DAYS * (timedelta(days=1) // TICK)):
        begun += _tick(calendar, clock)
        clock.advance(seconds=TICK.total_seconds())
    clock.advance(seconds=-1)
    begun += _tick(calendar, clock)

    runs = Counter((owed.job, owed.subscription_id, owed.slot) for owed in begun)
    assert set(runs.values()) == {1}
    counts = Counter((owed.job, owed.tier) for owed in begun)
    print("\n".join(f"{job.value:18}{tier.value:9}{counts[job, tier]:6}" for job, tier in PAIRS))  # noqa: T201 - shown with pytest -s
    assert counts == _expected(tiers)
    whole_periods = {
        Cadence.DAILY: DAYS,
        Cadence.WEEKLY: DAYS // 7,
        Cadence.MONTHLY: 1,
    }
    for job, of_tiers in CADENCES.items():
        for tier, cadence in of_tiers.items():
            slots = Counter(o.slot for o in begun if (o.job, o.tier) == (job, tier))
            complete = [slot for slot, count in slots.items() if count == PER_TIER]
            assert len(complete) == whole_periods[cadence], (job, tier, slots)


def _tick(calendar: Calendar, clock: HandClock) -> list[Owed]:
    for job, tier in PAIRS:
        calendar.periods.open(job, tier)
    due = calendar.dispatch.take_due(list(Job), limit=1000)
    assert len(due) < 1000
    calendar.outcomes.settle([_succeeded(owed, clock()) for owed in due])
    return due


def _expected(tiers: dict[str, Tier]) -> Counter[tuple[Job, Tier]]:
    """The tier table, counted out one by one: every due time up to the last tick."""
    last_tick = START + timedelta(days=DAYS, seconds=-1)
    expected: Counter[tuple[Job, Tier]] = Counter()
    for job, tier in PAIRS:
        period = period_at(CADENCES[job][tier], START)
        while period.start <= last_tick:
            expected[job, tier] += sum(
                due_at(period, WHOLE_DAY, job, id_) <= last_tick
                for id_, of in tiers.items()
                if of is tier
            )
            period = period.next()
    return expected


def _succeeded(owed: Owed, at: datetime) -> EndedRun:
    run = f"run-{owed.key}"
    ended = Ended(run, run, Ending.SUCCESS, at)
    return EndedRun(RunRef(run, owed.key, None), owed.job, owed.subscription_id, ended)
