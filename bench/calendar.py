"""What the calendar costs: `python -m bench.calendar --subscriptions 100000`.

Opens every period, dispatches through Dagster's own sensor ticks, adds the partitions, and lets
four processes change 300 subscriptions at once while the calendar follows. Prints a line a measure,
and one JSON object last. Its servers are embedded, in a temporary folder.
"""

import argparse
import json
import logging
import multiprocessing
import random
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from dagster import DagsterInstance
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import ModuleTarget
from dagster._daemon.sensor import execute_sensor_iteration
from sqlalchemy import text

from bench.crowd import crowd
from bench.system import embedded_system
from kordant_pipelines.domain.calendar.cadences import CADENCES, PAIRS
from kordant_pipelines.domain.calendar.periods import period_at
from kordant_pipelines.domain.clock import utc_now
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.orchestration.partitions import SUBSCRIPTIONS
from kordant_pipelines.runtime.stack import CODE_LOCATION, CODE_MODULE
from kordant_pipelines.services.changes import Cursor
from kordant_pipelines.services.container import Services, open_services
from kordant_pipelines.settings import load_settings

PAGE = 500
WRITERS = 4
CHANGED = 300
CHANGES_EACH = 300

T = TypeVar("T")


class Measures:
    """What was measured, told as it comes."""

    def __init__(self, subscriptions: int) -> None:
        self.values: dict[str, float] = {"subscriptions": subscriptions}

    def note(self, name: str, value: float) -> None:
        """Keep a value and print it."""
        self.values[name] = round(value, 4)
        print(f"{name:40} {value:12.3f}", flush=True)

    def timed(self, name: str, action: Callable[[], T]) -> T:
        """Keep how long `action` takes, in seconds; what it returns."""
        began = time.perf_counter()
        answer = action()
        self.note(name, time.perf_counter() - began)
        return answer


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(prog="bench.calendar", description=__doc__)
    parser.add_argument("--subscriptions", type=int, default=1000)
    subscriptions = parser.parse_args().subscriptions
    logging.disable(logging.WARNING)
    measures = Measures(subscriptions)
    with embedded_system(
        {"KORDANT_QUEUE_DEPTH": "100000000", "KORDANT_PROVIDER_PATIENCE_SECONDS": "0"}
    ):
        services = open_services(load_settings())
        try:
            crowd(services.database, subscriptions)
            _open_periods(measures, services)
            _dispatch(measures, services)
            _change_at_once(measures, services)
        finally:
            services.close()
    print(json.dumps(measures.values))


def _open_periods(measures: Measures, services: Services) -> None:
    opened = [
        measures.timed(
            f"open_{job.value}_{tier.value}_seconds",
            lambda pair=(job, tier): services.calendar.periods.open(*pair),
        ).owed
        for job, tier in PAIRS
    ]
    measures.note("owed", sum(owed or 0 for owed in opened))
    measures.timed("open_again_seconds", lambda: services.calendar.periods.open(*PAIRS[0]))


def _dispatch(measures: Measures, services: Services) -> None:
    """The ledger's part of a tick alone, then whole ticks as the daemon runs them."""
    with services.database.connection() as connection:
        connection.execute(text("ANALYZE owed_runs"))
    taken = measures.timed(
        f"take_{PAGE}_due_seconds",
        lambda: services.calendar.dispatch.take_due(list(Job), limit=PAGE),
    )
    services.calendar.outcomes.give_back(taken)
    with (
        DagsterInstance.get() as instance,
        WorkspaceProcessContext(
            instance, ModuleTarget(CODE_MODULE, None, None, CODE_LOCATION)
        ) as workspace,
    ):
        ids = [f"sub_{number}" for number in range(int(measures.values["subscriptions"]))]
        measures.timed(
            "add_partitions_seconds",
            lambda: [
                instance.add_dynamic_partitions(SUBSCRIPTIONS, ids[start : start + 10_000])
                for start in range(0, len(ids), 10_000)
            ],
        )
        for _ in execute_sensor_iteration(workspace, logging.getLogger("bench"), None, None):
            pass
        seconds, runs = _last_dispatch_tick(instance)
        measures.note("dispatch_tick_seconds", seconds)
        measures.note("dispatch_tick_runs", runs)


def _last_dispatch_tick(instance: DagsterInstance) -> tuple[float, int]:
    [state] = [s for s in instance.all_instigator_state() if s.name == "calendar_dispatch_sensor"]
    [tick] = instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=1)
    if tick.end_timestamp is None:
        raise RuntimeError(f"the tick did not end: {tick.error}")
    return tick.end_timestamp - tick.timestamp, len(tick.run_ids)


def _change_at_once(measures: Measures, services: Services) -> None:
    """Four processes change tiers at random while the calendar follows; who has no run is lost."""
    began = time.perf_counter()
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_write, args=(seed,)) for seed in range(WRITERS)]
    for writer in writers:
        writer.start()
    cursor = Cursor()
    while any(writer.is_alive() for writer in writers):
        cursor = _follow(services, cursor)
        time.sleep(0.05)
    for writer in writers:
        writer.join()
        if writer.exitcode:
            raise RuntimeError(f"a writer ended with {writer.exitcode}")
    _follow(services, cursor)
    measures.note("changes", WRITERS * CHANGES_EACH)
    measures.note("changes_at_once_seconds", time.perf_counter() - began)
    measures.note("schedules_lost", len(_lost(services)))


def _write(seed: int) -> None:
    dice = random.Random(seed)
    services = open_services(load_settings())
    for _ in range(CHANGES_EACH):
        services.subscriptions.set_tier(f"sub_{dice.randrange(CHANGED)}", dice.choice(list(Tier)))
    services.close()


def _follow(services: Services, cursor: Cursor) -> Cursor:
    page = services.changes.after(cursor, limit=1000)
    services.calendar.periods.follow(page.active | page.inactive)
    return page.cursor


def _lost(services: Services) -> list[tuple[str, Job]]:
    """Who is not owed, nor has begun, exactly one run of the present period of a job."""
    lost: list[tuple[str, Job]] = []
    now = utc_now()
    with services.database.connection() as connection:
        for job, tiers in CADENCES.items():
            for tier, cadence in tiers.items():
                period = period_at(cadence, now)
                parameters: Mapping[str, object] = {
                    "job": job.value,
                    "tier": tier.value,
                    "slot": period.slot,
                    "start": period.start,
                    "changed": [f"sub_{number}" for number in range(CHANGED)],
                }
                rows = connection.execute(text(_COVERED), parameters)
                lost += [(row.id, job) for row in rows if row.owed + int(row.begun) != 1]
    return lost


_COVERED = """
SELECT s.id,
       count(*) FILTER (WHERE r.state = 'owed') AS owed,
       coalesce(bool_or(r.dispatched_at IS NOT NULL
                        AND (r.slot = :slot OR r.dispatched_at >= :start)), false) AS begun
FROM subscriptions s
LEFT JOIN owed_runs r ON r.subscription_id = s.id AND r.job = :job AND r.attempt = 0
                     AND r.cadence IS NOT NULL
WHERE s.tier = :tier AND s.id = ANY(:changed)
GROUP BY s.id
"""


if __name__ == "__main__":
    main()
