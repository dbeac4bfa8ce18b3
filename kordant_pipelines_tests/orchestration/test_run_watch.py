"""The run watch, on a real broker, real storages and workers' real beats; only its time is ours."""

from collections.abc import Generator
from dataclasses import replace
from datetime import timedelta

import pytest
from dagster import DagsterEvent, DagsterEventType, DagsterInstance, DagsterRun, DagsterRunStatus
from sqlalchemy import select

from kordant_pipelines.domain.calendar.owed import State
from kordant_pipelines.domain.clock import utc_now
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.vanished import (
    PATIENCE_BEGUN,
    PATIENCE_ORPHANED,
    PATIENCE_STARTING,
    SILENT_AFTER,
)
from kordant_pipelines.orchestration.engine.broker import Broker
from kordant_pipelines.orchestration.engine.run_watch import QUEUEING_GRACE, RunWatch
from kordant_pipelines.orchestration.jobs.darkwatch_scan import darkwatch_scan
from kordant_pipelines.orchestration.sensors.dispatch import run_request
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.workers import Workers
from kordant_pipelines.storage.models import OwedRunRow
from kordant_pipelines_tests.conftest import Servers
from kordant_pipelines_tests.orchestration.launching import launch, origin, stored, task_of
from kordant_pipelines_tests.services.looking import subscribe
from kordant_pipelines_tests.services.test_workers import let_pass


class Seconds:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def broker(broker_url: str) -> Generator[Broker]:
    opened = Broker(broker_url)
    yield opened
    opened.close()


@pytest.fixture
def watched(services: Services) -> Services:
    """Services for which Postgres has run for long enough."""
    return replace(services, workers=Workers(services.database, settling=0))


@pytest.fixture
def watch(
    instance: DagsterInstance, watched: Services, broker: Broker, seconds: Seconds
) -> RunWatch:
    return RunWatch(instance, watched, broker, seconds=seconds)


@pytest.fixture
def run(instance: DagsterInstance, services: Services) -> DagsterRun:
    """A run that the calendar owed, launched: it waits in the broker."""
    subscription = subscribe(services.subscriptions, "one@example.com")
    services.calendar.periods.follow({subscription})
    [owed] = services.calendar.dispatch.take_due([Job.DARKWATCH], limit=5)
    made = instance.create_run_for_job(
        darkwatch_scan,
        tags=run_request(owed, darkwatch_scan).tags,
        status=DagsterRunStatus.STARTING,
        job_code_origin=origin(),
    )
    launch(instance, made)
    return stored(instance, made)


def _begin(instance: DagsterInstance, run: DagsterRun) -> None:
    event = DagsterEvent(DagsterEventType.PIPELINE_START.value, run.job_name)
    instance.report_dagster_event(event, run.run_id)


def _ledger(services: Services) -> list[State]:
    with services.database.transaction() as session:
        states = select(OwedRunRow.state).where(OwedRunRow.job == Job.DARKWATCH)
        return list(session.scalars(states.order_by(OwedRunRow.id)))


def test_a_run_that_waits_in_the_broker_is_left_alone_however_long(
    watch: RunWatch, run: DagsterRun, instance: DagsterInstance, seconds: Seconds
) -> None:
    for _ in range(3):
        assert watch.look() == []
        seconds.now += 10 * PATIENCE_STARTING
    assert stored(instance, run).status is DagsterRunStatus.STARTING


def test_a_run_that_the_broker_lost_is_failed_and_owed_its_retry(
    watch: RunWatch,
    run: DagsterRun,
    instance: DagsterInstance,
    services: Services,
    servers: Servers,
    seconds: Seconds,
) -> None:
    assert watch.look() == []
    servers.empty_valkey()
    assert watch.look() == []
    seconds.now += PATIENCE_STARTING
    assert watch.look() == [run.run_id]
    assert stored(instance, run).status is DagsterRunStatus.FAILURE
    assert _ledger(services) == [State.RETRIED, State.OWED]
    assert watch.look() == []


def test_while_the_broker_does_not_answer_what_may_wait_in_it_is_not_judged(
    run: DagsterRun, instance: DagsterInstance, watched: Services, seconds: Seconds
) -> None:
    nowhere = Broker("unix:///nowhere/valkey.sock?db=0")
    watch = RunWatch(instance, watched, nowhere, seconds=seconds)
    for _ in range(3):
        assert watch.look() == []
        seconds.now += 10 * PATIENCE_STARTING
    _begin(instance, run)
    assert watch.look() == []
    seconds.now += PATIENCE_BEGUN
    assert watch.look() == [run.run_id], "what has begun does not wait in the broker"


def test_a_run_is_left_alone_while_its_worker_lives_and_failed_once_it_is_silent(
    watch: RunWatch,
    run: DagsterRun,
    instance: DagsterInstance,
    watched: Services,
    servers: Servers,
    seconds: Seconds,
) -> None:
    servers.empty_valkey()  # the worker has taken it
    _begin(instance, run)
    watched.workers.beat("a@host", slots=4, tasks=[task_of(instance, run)])
    watched.workers.beat("b@host", slots=4, tasks=[])
    for _ in range(2):
        assert watch.look() == []
        seconds.now += 10 * PATIENCE_BEGUN
    let_pass(watched.database, SILENT_AFTER)
    assert watch.look() == []
    seconds.now += PATIENCE_ORPHANED
    assert watch.look() == [run.run_id]
    assert _ledger(watched) == [State.RETRIED, State.OWED]


def test_a_run_whose_child_was_killed_is_failed_though_its_worker_lives(
    watch: RunWatch,
    run: DagsterRun,
    instance: DagsterInstance,
    watched: Services,
    seconds: Seconds,
) -> None:
    _begin(instance, run)
    watched.workers.beat("a@host", slots=4, tasks=["another"])
    assert watch.look() == []
    seconds.now += PATIENCE_BEGUN
    assert watch.look() == [run.run_id]


def test_a_cancelled_run_whose_worker_is_gone_ends_as_canceled(
    watch: RunWatch,
    run: DagsterRun,
    instance: DagsterInstance,
    services: Services,
    seconds: Seconds,
) -> None:
    _begin(instance, run)
    instance.report_run_canceling(stored(instance, run))
    assert watch.look() == []
    seconds.now += PATIENCE_BEGUN
    assert watch.look() == [run.run_id]
    assert stored(instance, run).status is DagsterRunStatus.CANCELED
    assert _ledger(services) == [State.CANCELLED]


def test_nobody_is_judged_just_after_a_start_of_postgres(
    run: DagsterRun,
    instance: DagsterInstance,
    services: Services,
    broker: Broker,
    seconds: Seconds,
) -> None:
    _begin(instance, run)
    just_started = replace(services, workers=Workers(services.database, settling=86_400))
    watch = RunWatch(instance, just_started, broker, seconds=seconds)
    for _ in range(2):
        assert watch.look() == []
        seconds.now += 10 * PATIENCE_BEGUN
    assert stored(instance, run).status is DagsterRunStatus.STARTED


def test_a_run_that_was_created_and_never_queued_is_failed(
    instance: DagsterInstance, watched: Services, broker: Broker
) -> None:
    run = instance.create_run_for_job(darkwatch_scan, status=DagsterRunStatus.NOT_STARTED)
    soon, late = (
        RunWatch(instance, watched, broker, clock=lambda later=later: utc_now() + later)
        for later in (QUEUEING_GRACE - timedelta(seconds=30), QUEUEING_GRACE)
    )
    assert soon.look() == []
    assert late.look() == [run.run_id]
    assert stored(instance, run).status is DagsterRunStatus.FAILURE
