"""A simulated month of removals: `python -m bench.removals --customers 25 --days 45`.

Customers of the sandbox authorise their removals; days pass in ticks of half a day, the mailbox is
read, due runs are made, customers do what they are asked. Prints the funnel by state, how the
requests to each broker of the sandbox stand beside what that broker does, what was escalated and
when, and one JSON object last. Exits 1 if a form or letter arrived twice, or a state is wrong.
"""

import argparse
import json
import logging
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import select

from bench.system import embedded_system
from kordant_pipelines.domain.removals.brokers import Method
from kordant_pipelines.domain.removals.clocks import Regime, end_of_grace, response_deadline
from kordant_pipelines.domain.removals.states import Event, State
from kordant_pipelines.sandbox.serve import Sandbox, serving
from kordant_pipelines.sandbox.world.world import World
from kordant_pipelines.services.container import Services, open_services
from kordant_pipelines.settings import load_settings
from kordant_pipelines.storage.models import (
    AlertRow,
    RemovalRequestRow,
    RemovalTransitionRow,
)
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.services.removals.enrolling import enrol
from kordant_pipelines_tests.services.removals.simulating import TICK, Simulation

START = datetime(2026, 11, 24, 12, tzinfo=UTC)


def main() -> int:
    """Simulate, print, and say whether all was right."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--customers", type=int, default=25)
    parser.add_argument("--days", type=int, default=30)
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    clock = HandClock(START)
    with serving(World(now=clock)) as sandbox, tempfile.TemporaryDirectory() as folder:
        registry = Path(folder) / "brokers.yaml"
        registry.write_bytes(sandbox.broker_registry())
        mail = {
            "KORDANT_BROKER_REGISTRY_FILE": str(registry),
            "KORDANT_REMOVALS_ADDRESS": sandbox.removals_address,
            "KORDANT_REMOVALS_SMTP_URL": sandbox.smtp_url,
            "KORDANT_REMOVALS_IMAP_URL": sandbox.imap_url,
        }
        with embedded_system(mail):
            services = open_services(load_settings(), clock=clock)
            try:
                wrong = simulate(services, sandbox, clock, asked.customers, asked.days)
            finally:
                services.close()
    for line in wrong:
        print(f"wrong: {line}")
    return 1 if wrong else 0


def simulate(
    services: Services, sandbox: Sandbox, clock: HandClock, customers: int, days: int
) -> list[str]:
    """Let the days pass and print what came of them; return what is wrong."""
    refs = [one.ref for one in sandbox.world.residents][:customers]
    for ref in refs:
        enrol(services, ref)
    simulation = Simulation(services, sandbox, clock)
    began = time.perf_counter()
    simulation.pass_days(days, customers_act=True)
    seconds = time.perf_counter() - began
    funnel = services.removals.funnel()
    print(f"{len(refs)} customers, {days} days, {simulation.runs} runs in {seconds:.0f} s\n")
    for state, count in funnel.items():
        print(f"{state.value:24}{count:6}")
    print()
    stands = _stands(services)
    for seed in sandbox.world.brokers.seeds():
        told = ", ".join(f"{n} {state}" for state, n in sorted(stands[seed.key].items()))
        print(f"{seed.key:12} {seed.note}: {told}")
    print("\ntroubles: " + ", ".join(f"{t.broker} {t.reason}" for t in services.brokers.troubles()))
    escalated = _escalated(services)
    for (regime, on), count in sorted(escalated.items()):
        print(f"escalated under {regime} on {on:%d %b %Y}: {count}")
    alerts = _alerts(services)
    print(f"alerts: {dict(sorted(alerts.items()))}")
    wrong = [*_sent_twice(sandbox), *_escalated_wrongly(services)]
    record = {
        "customers": len(refs),
        "days": days,
        "runs": simulation.runs,
        "seconds": round(seconds, 1),
        "funnel": {state.value: count for state, count in funnel.items()},
        "alerts": dict(alerts),
        "wrong": wrong,
    }
    print(json.dumps(record))
    return wrong


def _stands(services: Services) -> Mapping[str, Counter[str]]:
    stands: dict[str, Counter[str]] = defaultdict(Counter)
    with services.database.transaction() as session:
        for row in session.scalars(select(RemovalRequestRow)):
            stands[row.broker_key][row.state.value] += 1
    return stands


def _escalated(services: Services) -> Counter[tuple[str, date]]:
    with services.database.transaction() as session:
        rows = session.execute(
            select(RemovalRequestRow.regime, RemovalTransitionRow.at)
            .join(RemovalTransitionRow, RemovalTransitionRow.request_id == RemovalRequestRow.id)
            .where(RemovalTransitionRow.to_state == State.ESCALATED)
        )
        return Counter((regime.value, at.date()) for regime, at in rows)


def _escalated_wrongly(services: Services) -> list[str]:
    """Letters that nobody ever answered: each late, and escalated, within a tick of its day."""
    wrong: list[str] = []
    with services.database.transaction() as session:
        for row in session.scalars(
            select(RemovalRequestRow).where(RemovalRequestRow.broker_key == "silent")
        ):
            at = {
                t.event: t.at
                for t in session.scalars(
                    select(RemovalTransitionRow).where(RemovalTransitionRow.request_id == row.id)
                )
            }
            if row.submitted_at is None:
                continue
            regime = Regime(row.regime)
            due = response_deadline(regime, Method.EMAIL, row.submitted_at)
            for event, day in (
                (Event.CLOCK_RAN_OUT, due),
                (Event.GRACE_RAN_OUT, end_of_grace(regime, due)),
            ):
                if event in at and not timedelta(0) <= at[event] - day < TICK:
                    wrong.append(f"{row.id}: {event.value} at {at[event]}, due {day}")
    return wrong


def _alerts(services: Services) -> Counter[str]:
    with services.database.transaction() as session:
        return Counter(kind.value for kind in session.scalars(select(AlertRow.kind)))


def _sent_twice(sandbox: Sandbox) -> list[str]:
    brokers = sandbox.world.brokers
    return [
        f"{seed.key} had {filed.reference} {filed.times} times"
        for seed in brokers.seeds()
        for filed in brokers.filed(seed.key)
        if filed.times > 1
    ]


if __name__ == "__main__":
    raise SystemExit(main())
