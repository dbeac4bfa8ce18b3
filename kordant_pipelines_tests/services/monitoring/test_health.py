"""A backlog, failures, a silent daemon: one alert each and one all-clear, to a real webhook."""

import json
import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from dagster import DagsterInstance
from dagster._daemon.types import DaemonHeartbeat

from kordant_pipelines.domain.calendar.retries import Ending
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.monitoring import Condition, Turn
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.orchestration.run_record import DagsterRunRecord
from kordant_pipelines.security.keyring import Keyring
from kordant_pipelines.services.container import Services, build_services, provider_access
from kordant_pipelines.services.monitoring.monitoring import Monitoring
from kordant_pipelines.services.workers import Workers
from kordant_pipelines.settings import Settings
from kordant_pipelines_tests.at_once import at_once
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.orchestration.conftest import (
    dagster_template,
    dagster_url,
    instance,
)
from kordant_pipelines_tests.services.calendar.desk import Desk
from kordant_pipelines_tests.services.test_workers import let_pass

__all__ = ["dagster_template", "dagster_url", "instance"]


@dataclass
class Hook:
    """A webhook that keeps what it was told, and answers `status`."""

    url: str = ""
    status: int = 204
    bodies: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    keys: list[str] = field(default_factory=list[str])


@pytest.fixture
def hook() -> Generator[Hook]:
    told = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.bodies.append(json.loads(body))
            told.keys.append(self.headers["Idempotency-Key"])
            self.send_response(told.status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - the library's name

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        told.url = f"http://127.0.0.1:{server.server_port}/alerts"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield told
        server.shutdown()


@pytest.fixture
def services(
    settings: Settings, keyring: Keyring, clock: HandClock, hook: Hook
) -> Generator[Services]:
    limited = settings.model_copy(
        update={
            "alert_webhook_url": hook.url,
            "alert_queue_waiting": 3,
            "queue_depth": 10_000,
        }
    )
    opened = build_services(limited, keyring, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def record(instance: DagsterInstance) -> DagsterRunRecord:
    return DagsterRunRecord(instance)


def _desk(services: Services, clock: HandClock) -> Desk:
    return Desk(services.database, clock, services.calendar, services.subscriptions)


def _backlog(services: Services, clock: HandClock, size: int) -> Desk:
    desk = _desk(services, clock)
    ids = desk.sell(*[f"sub_{number}" for number in range(size)])
    desk.calendar.periods.follow(ids)
    return desk


def test_a_backlog_is_one_alert_and_one_all_clear(
    services: Services, clock: HandClock, record: DagsterRunRecord, hook: Hook
) -> None:
    monitoring = services.monitoring
    assert monitoring.health.check(record) == []
    desk = _backlog(services, clock, 4)
    turns = [turn for _ in range(5) for turn in monitoring.health.check(record)]
    assert turns == [(Condition.QUEUE_WAITING, Turn.RAISED)]
    assert [monitoring.notices.send() for _ in range(3)] == [1, 0, 0]
    desk.succeed_all()
    for _ in range(11):
        clock.advance(seconds=30)
        turns += monitoring.health.check(record)
        monitoring.notices.send()
    assert turns[1:] == [(Condition.QUEUE_WAITING, Turn.OVER)]
    assert [(body["condition"], body["state"]) for body in hook.bodies] == [
        ("queue_waiting", "raised"),
        ("queue_waiting", "over"),
    ]
    assert "runs are due and wait (limit 3)" in hook.bodies[0]["text"]
    assert len(set(hook.keys)) == 2


def test_checks_at_once_tell_of_a_turn_once(
    services: Services, clock: HandClock, record: DagsterRunRecord, hook: Hook
) -> None:
    _backlog(services, clock, 4)

    def check(_number: int) -> int:
        turns = services.monitoring.health.check(record)
        services.monitoring.notices.send()
        return len(turns)

    assert sum(at_once(check, 6, threads=4)) == 1
    assert len(hook.bodies) == 1


def test_what_the_webhook_did_not_take_is_told_again_in_order(
    services: Services, clock: HandClock, record: DagsterRunRecord, hook: Hook
) -> None:
    hook.status = 500
    desk = _backlog(services, clock, 4)
    services.monitoring.health.check(record)
    assert services.monitoring.notices.send() == 0
    desk.succeed_all()
    for _ in range(12):
        clock.advance(seconds=30)
        services.monitoring.health.check(record)
    assert services.monitoring.notices.send() == 0
    hook.status, hook.bodies = 200, []
    assert services.monitoring.notices.send() == 2
    assert [body["state"] for body in hook.bodies] == ["raised", "over"]


def test_a_new_customers_first_scan_waits_since_the_sale_whenever_its_period_owed_it(
    services: Services, clock: HandClock
) -> None:
    sold = clock()
    desk = _desk(services, clock)
    ids = desk.sell("sub_0", "sub_1", "sub_2", tier=Tier.BASIC, created_at=sold)
    desk.calendar.periods.open(Job.DARKWATCH, Tier.BASIC)
    desk.calendar.periods.follow(ids)
    assert min(row.due_at for one in ids for row in desk.rows(one)) < sold - timedelta(hours=1)
    clock.advance(seconds=90)
    oldest = services.monitoring.queues.health().oldest_due_at
    assert oldest is not None
    assert timedelta(seconds=89) < clock() - oldest < timedelta(seconds=91)


def test_failures_are_told_of_by_their_share(
    services: Services, clock: HandClock, record: DagsterRunRecord
) -> None:
    desk = _backlog(services, clock, 12)
    taken = desk.take()
    for number, owed in enumerate(taken):
        desk.end(owed, Ending.FAILURE if number < 4 else Ending.SUCCESS)
    raised = dict(services.monitoring.health.check(record))
    assert raised[Condition.FAILURE_RATE] is Turn.RAISED
    assert services.monitoring.health.raised()[Condition.FAILURE_RATE] is not None


def test_a_silent_daemon_is_told_of_and_none_at_all_is_not_called_well(
    services: Services, clock: HandClock, record: DagsterRunRecord, instance: DagsterInstance
) -> None:
    assert services.monitoring.health.check(record) == []
    beat = DaemonHeartbeat(clock().timestamp(), "SENSOR", daemon_id="a", errors=[])
    instance.add_daemon_heartbeat(beat)
    assert services.monitoring.health.check(record) == []
    clock.advance(seconds=181)
    assert services.monitoring.health.check(record) == [(Condition.HEARTBEAT, Turn.RAISED)]


def test_workers_that_all_fell_silent_are_told_of_however_long_ago(
    services: Services, settings: Settings, clock: HandClock, record: DagsterRunRecord
) -> None:
    workers = Workers(services.database, settling=0)
    access = provider_access(settings)
    monitoring = Monitoring.of(
        settings, services.database, clock, services.calendar, access, workers
    )
    for name in ("a@host", "b@host"):
        workers.beat(name, slots=4, tasks=())
    let_pass(services.database, 3600)
    workers.forget_old()
    assert monitoring.health.check(record) == [(Condition.HEARTBEAT, Turn.RAISED)]
    workers.beat("c@host", slots=4, tasks=())
    assert monitoring.health.check(record) == [], "it must hold for some minutes"
    clock.advance(minutes=6)
    assert monitoring.health.check(record) == [(Condition.HEARTBEAT, Turn.OVER)]


def test_without_valkey_providers_errors_are_unknown_not_over(
    settings: Settings, keyring: Keyring, clock: HandClock, record: DagsterRunRecord
) -> None:
    nowhere = settings.model_copy(update={"broker_url": "redis://127.0.0.1:1/0"})
    services = build_services(nowhere, keyring, clock=clock)
    try:
        assert services.monitoring.health.check(record) == []
    finally:
        services.close()
