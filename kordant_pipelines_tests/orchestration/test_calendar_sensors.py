"""The sensors between the calendar and the job-status record."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from dagster import (
    DagsterEvent,
    DagsterEventType,
    DagsterInstance,
    DagsterRun,
    DagsterRunStatus,
    ResourceDefinition,
    RunRequest,
    SensorDefinition,
    SensorResult,
    SkipReason,
    build_schedule_context,
    build_sensor_context,
)
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteRepositoryOrigin
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    ScheduleInstigatorData,
)
from sqlalchemy import select, text

from kordant_pipelines.domain.calendar.owed import Failure, State
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.orchestration.definitions import (
    build_defs,
    notifications_send,
)
from kordant_pipelines.orchestration.jobs.darkwatch_scan import darkwatch_scan
from kordant_pipelines.orchestration.partitions import SUBSCRIPTIONS
from kordant_pipelines.orchestration.schedules.tiers import tier_schedules
from kordant_pipelines.orchestration.sensors.calendar_upkeep import calendar_upkeep_sensor
from kordant_pipelines.orchestration.sensors.dispatch import dispatch_sensor
from kordant_pipelines.orchestration.sensors.lost_runs import lost_runs_sensor
from kordant_pipelines.orchestration.sensors.new_breaches import new_breaches_sensor
from kordant_pipelines.orchestration.sensors.pending_work import pending_work_sensor
from kordant_pipelines.orchestration.sensors.run_outcomes import run_outcomes_sensor
from kordant_pipelines.orchestration.tags import OWED
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.services.container import Services
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import OwedRunRow
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.services.looking import subscribe

DISPATCH = dispatch_sensor([darkwatch_scan])


class Ticking:
    """Evaluates a sensor as the daemon does, keeping its cursor."""

    def __init__(self, sensor: SensorDefinition, instance: DagsterInstance, services: Services):
        self._sensor, self._instance, self._services = sensor, instance, services
        self.cursor: str | None = None

    def tick(self) -> SensorResult | SkipReason:
        context = build_sensor_context(self._instance, cursor=self.cursor)
        result = self._sensor(context, services=self._services)
        assert isinstance(result, SensorResult | SkipReason)
        if isinstance(result, SensorResult) and result.cursor is not None:
            self.cursor = result.cursor
        return result


def _dispatched(instance: DagsterInstance, services: Services) -> list[RunRequest]:
    result = Ticking(DISPATCH, instance, services).tick()
    return list(result.run_requests or ()) if isinstance(result, SensorResult) else []


def _run(instance: DagsterInstance, request: RunRequest, status: DagsterRunStatus) -> DagsterRun:
    """The run that the daemon makes of a request, at a status of its life."""
    run = instance.create_run_for_job(
        darkwatch_scan, tags=request.tags, status=DagsterRunStatus.NOT_STARTED
    )
    if status is DagsterRunStatus.SUCCESS:
        _report(instance, run, DagsterEventType.PIPELINE_START)
        _report(instance, run, DagsterEventType.PIPELINE_SUCCESS)
    elif status is DagsterRunStatus.FAILURE:
        instance.report_run_failed(run)
    elif status is DagsterRunStatus.CANCELED:
        instance.report_run_canceled(run)
    return run


def _report(instance: DagsterInstance, run: DagsterRun, kind: DagsterEventType) -> None:
    instance.report_dagster_event(DagsterEvent(kind.value, run.job_name), run.run_id)


def _rows(services: Services, subscription: str) -> Mapping[int, OwedRunRow]:
    """The subscription's DarkWatch rows, by attempt."""
    with services.database.transaction() as session:
        rows = session.scalars(
            select(OwedRunRow).where(
                OwedRunRow.subscription_id == subscription, OwedRunRow.job == Job.DARKWATCH
            )
        )
        return {row.attempt: row for row in rows}


def _due_subscription(services: Services) -> str:
    subscription = subscribe(services.subscriptions, "one@example.com")
    services.calendar.periods.follow({subscription})
    return subscription


def test_what_is_due_is_requested_once_with_all_that_the_ui_shows(
    instance: DagsterInstance, services: Services
) -> None:
    subscription = _due_subscription(services)
    [request] = _dispatched(instance, services)
    assert request.job_name == "darkwatch_scan"
    assert request.partition_key == subscription
    assert request.has_resolved_partition()
    [row] = _rows(services, subscription).values()
    assert request.run_key == f"owed/{row.id}.0"
    assert request.tags == {
        "kordant/owed": f"{row.id}.0",
        "kordant/slot": "2026-11-24",
        "kordant/tier": "premium",
        "kordant/reason": "baseline",
        "dagster/priority": "10",
        "dagster/partition": subscription,
        "dagster/partition_set": "darkwatch_scan_partition_set",
    }
    assert _dispatched(instance, services) == []


def test_a_failed_run_is_owed_its_retry_and_the_retry_is_its_child(
    instance: DagsterInstance, services: Services, clock: HandClock
) -> None:
    subscription = _due_subscription(services)
    [request] = _dispatched(instance, services)
    first = _run(instance, request, DagsterRunStatus.FAILURE)
    ticking = Ticking(run_outcomes_sensor, instance, services)
    ticking.tick()
    rows = _rows(services, subscription)
    assert (rows[0].state, rows[0].run_id) == (State.RETRIED, first.run_id)
    assert rows[0].ended_at is not None
    assert rows[1].due_at == rows[0].ended_at + timedelta(seconds=60)

    clock.advance(seconds=(rows[1].due_at - clock()).total_seconds() + 1)
    [retry] = _dispatched(instance, services)
    second = _run(instance, retry, DagsterRunStatus.SUCCESS)
    stored = instance.get_run_by_id(second.run_id)
    assert stored is not None
    assert (stored.root_run_id, stored.parent_run_id) == (first.run_id, first.run_id)
    group = instance.get_run_group(second.run_id)
    assert group is not None
    assert group[0] == first.run_id
    assert {run.run_id for run in group[1]} == {first.run_id, second.run_id}
    ticking.tick()
    assert _rows(services, subscription)[1].state is State.SUCCEEDED


def test_a_failure_that_says_so_is_not_retried(
    instance: DagsterInstance, services: Services
) -> None:
    subscription = _due_subscription(services)
    [request] = _dispatched(instance, services)
    instance.add_dynamic_partitions(SUBSCRIPTIONS, [subscription])
    services.subscriptions.pause(subscription)  # the op finds that nothing may run
    defs = build_defs({"services": ResourceDefinition.hardcoded_resource(services)})
    result = defs.get_job_def("darkwatch_scan").execute_in_process(
        instance=instance,
        partition_key=subscription,
        tags=request.tags,
        raise_on_error=False,
    )
    assert not result.success
    services.subscriptions.resume(subscription)
    Ticking(run_outcomes_sensor, instance, services).tick()
    [row] = _rows(services, subscription).values()
    assert (row.state, row.failure) == (State.DEAD, Failure.PERMANENT)


def test_a_cancelled_run_is_not_retried(instance: DagsterInstance, services: Services) -> None:
    subscription = _due_subscription(services)
    [request] = _dispatched(instance, services)
    _run(instance, request, DagsterRunStatus.CANCELED)
    Ticking(run_outcomes_sensor, instance, services).tick()
    [row] = _rows(services, subscription).values()
    assert row.state is State.CANCELLED


def test_a_run_launched_by_hand_is_retried_too(
    instance: DagsterInstance, services: Services
) -> None:
    subscription = subscribe(services.subscriptions, "one@example.com")
    request = RunRequest(tags={"dagster/partition": subscription})
    run = _run(instance, request, DagsterRunStatus.FAILURE)
    ticking = Ticking(run_outcomes_sensor, instance, services)
    ticking.tick()
    ticking.tick()
    rows = _rows(services, subscription)
    assert (rows[0].slot, rows[0].state) == (f"run/{run.run_id}", State.RETRIED)
    assert (rows[1].parent_run_id, rows[1].state) == (run.run_id, State.OWED)
    assert len(rows) == 2


def test_pages_of_ended_runs_are_all_settled(instance: DagsterInstance, services: Services) -> None:
    subscription = subscribe(services.subscriptions, "one@example.com")
    request = RunRequest(tags={"dagster/partition": subscription})
    ticking = Ticking(run_outcomes_sensor, instance, services)
    for _ in range(3):
        for _ in range(4):
            _run(instance, request, DagsterRunStatus.SUCCESS)
        ticking.tick()
    with services.database.transaction() as session:
        states = session.scalars(select(OwedRunRow.state)).all()
    assert states == [State.SUCCEEDED] * 12


def test_what_was_dispatched_and_has_no_run_is_owed_again_under_the_same_key(
    instance: DagsterInstance, services: Services, clock: HandClock
) -> None:
    _due_subscription(services)
    [before] = _dispatched(instance, services)
    ticking = Ticking(lost_runs_sensor, instance, services)
    ticking.tick()
    assert _dispatched(instance, services) == []  # it may be on its way yet
    clock.advance(seconds=61)
    ticking.tick()
    [again] = _dispatched(instance, services)
    assert again.run_key == before.run_key


def test_a_run_under_way_is_left_alone_and_its_id_is_noted(
    instance: DagsterInstance, services: Services, clock: HandClock
) -> None:
    subscription = _due_subscription(services)
    [request] = _dispatched(instance, services)
    run = instance.create_run_for_job(
        darkwatch_scan, tags=request.tags, status=DagsterRunStatus.STARTED
    )
    clock.advance(hours=3)
    Ticking(lost_runs_sensor, instance, services).tick()
    [row] = _rows(services, subscription).values()
    assert (row.state, row.run_id) == (State.DISPATCHED, run.run_id)


def test_an_end_that_nobody_saw_is_settled_by_the_look_after_lost_runs(
    instance: DagsterInstance, services: Services, clock: HandClock
) -> None:
    subscription = _due_subscription(services)
    [request] = _dispatched(instance, services)
    _run(instance, request, DagsterRunStatus.SUCCESS)
    clock.advance(seconds=61)
    Ticking(lost_runs_sensor, instance, services).tick()
    [row] = _rows(services, subscription).values()
    assert row.state is State.SUCCEEDED


def test_a_run_that_was_created_but_never_queued_is_failed_and_retried(
    instance: DagsterInstance, dagster_url: str, services: Services, clock: HandClock
) -> None:
    subscription = _due_subscription(services)
    [request] = _dispatched(instance, services)
    run = instance.create_run_for_job(
        darkwatch_scan, tags=request.tags, status=DagsterRunStatus.NOT_STARTED
    )
    with Database(dagster_url).connection() as connection:
        connection.execute(text("UPDATE runs SET create_timestamp = now() - interval '6 minutes'"))
    clock.advance(seconds=61)
    ticking = Ticking(lost_runs_sensor, instance, services)
    ticking.tick()
    stored = instance.get_run_by_id(run.run_id)
    assert stored is not None
    assert stored.status is DagsterRunStatus.FAILURE
    ticking.tick()
    rows = _rows(services, subscription)
    assert rows[0].state is State.RETRIED
    assert rows[1].state is State.OWED


def test_a_new_breach_owes_premium_a_scan_at_once_and_nobody_else(
    instance: DagsterInstance, services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    premium = subscribe(services.subscriptions, "one@example.com")
    plus = subscribe(services.subscriptions, "two@example.com", ref="sale-plus", tier="plus")
    ticking = Ticking(new_breaches_sensor, instance, services)
    ticking.tick()
    assert ticking.cursor is None  # no catalogue was ever read
    for subscription in (premium, plus):
        services.darkwatch.scan(subscription, f"run-{subscription}")
    ticking.tick()
    assert _dispatched(instance, services) == []  # what is known already was looked for
    clock.advance(seconds=30)
    sandbox.publish_breach({"Name": "Fresh", "DataClasses": ["Passwords"]}, ["one@example.com"])
    ticking.tick()
    [request] = _dispatched(instance, services)
    assert request.partition_key == premium
    assert request.tags["kordant/reason"] == "real_time"
    assert request.tags["dagster/priority"] == "30"
    ticking.cursor = None  # a tick whose cursor was lost with the daemon
    ticking.tick()
    assert _dispatched(instance, services) == []


def test_whoever_was_scanned_since_the_breach_is_owed_no_scan_for_it(
    instance: DagsterInstance, services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    premium = subscribe(services.subscriptions, "one@example.com")
    sandbox.publish_breach({"Name": "Old", "DataClasses": ["Passwords"]})
    services.darkwatch.scan(premium, "run-1")
    clock.advance(hours=2)
    sandbox.publish_breach({"Name": "Fresh", "DataClasses": ["Passwords"]})
    services.darkwatch.scan(premium, "run-2")  # refreshes the catalogue by itself
    Ticking(new_breaches_sensor, instance, services).tick()
    assert _dispatched(instance, services) == []


def test_a_schedules_tick_opens_its_period_and_upkeep_finds_it_open(
    instance: DagsterInstance, services: Services
) -> None:
    subscribe(services.subscriptions, "one@example.com")
    [_, _, premium] = tier_schedules(darkwatch_scan)
    told: list[str | None] = []
    for _ in range(2):
        result = premium(build_schedule_context(instance), services=services)
        assert isinstance(result, SkipReason)
        told.append(result.skip_message)
    assert told == [
        "Opened 2026-11-24: 1 runs owed, the last due by 2026-11-25.",
        "2026-11-24 was open already.",
    ]


def test_upkeep_opens_every_period_but_those_switched_off_in_the_ui(
    instance: DagsterInstance, services: Services
) -> None:
    repository = RemoteRepositoryOrigin(
        RegisteredCodeLocationOrigin("kordant"), repository_name="__repository__"
    )
    off = repository.get_instigator_origin("reports_3_premium_schedule")
    instance.add_instigator_state(
        InstigatorState(
            off,
            InstigatorType.SCHEDULE,
            InstigatorStatus.STOPPED,
            ScheduleInstigatorData(cron_schedule="0 0 * * 1"),
        )
    )
    ticking = Ticking(calendar_upkeep_sensor, instance, services)
    opened = ticking.tick()
    assert isinstance(opened, SkipReason)
    assert opened.skip_message is not None
    names = [line.partition(":")[0] for line in opened.skip_message.splitlines()]
    assert len(names) == 7
    assert "reports_3_premium_schedule" not in names
    again = ticking.tick()
    assert isinstance(again, SkipReason)
    assert again.skip_message == "Every period is open."


def test_tiers_and_tags_agree_with_the_ledger(
    instance: DagsterInstance, services: Services
) -> None:
    for tier in Tier:
        id_ = subscribe(services.subscriptions, "x@example.com", ref=tier.value, tier=tier.value)
        services.calendar.periods.follow({id_})
    requests = _dispatched(instance, services)
    assert {r.tags["kordant/tier"] for r in requests} == {"basic", "plus", "premium"}
    assert len({r.tags[OWED] for r in requests}) == 3


class _Waiting:
    """A handler with work for these subscriptions."""

    def __init__(self, *ids: str) -> None:
        self._ids = sorted(ids)

    def due(self, now: datetime, *, after: str, limit: int) -> list[str]:
        del now
        return [id_ for id_ in self._ids if id_ > after][:limit]


def test_pending_work_is_owed_one_run_at_a_time_on_every_tier(
    instance: DagsterInstance, services: Services
) -> None:
    ids = [
        subscribe(services.subscriptions, "x@example.com", ref=tier.value, tier=tier.value)
        for tier in Tier
    ]
    working = replace(services, pending_work={Job.NOTIFICATIONS: _Waiting(*ids)})
    ticking = Ticking(pending_work_sensor(notifications_send), instance, working)
    ticking.tick()
    ticking.tick()
    taken = services.calendar.dispatch.take_due([Job.NOTIFICATIONS], limit=10)
    assert sorted(owed.subscription_id for owed in taken) == sorted(ids)
    ticking.tick()
    assert services.calendar.dispatch.take_due([Job.NOTIFICATIONS], limit=10) == []
