"""Dequeuing, from real run storage to a real broker."""

from collections.abc import Generator

import pytest
from dagster import DagsterInstance, DagsterRun, DagsterRunStatus
from dagster._core.storage.tags import PRIORITY_TAG
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import EmptyWorkspaceTarget

from kordant_pipelines.orchestration.engine.broker import Broker
from kordant_pipelines.orchestration.engine.run_queue import RunQueueDaemon
from kordant_pipelines.orchestration.engine.under_way import contenders
from kordant_pipelines.orchestration.jobs.darkwatch_scan import darkwatch_scan
from kordant_pipelines_tests.orchestration.launching import (
    origin,
    remote_origin,
    stored,
    task_of,
)

SLOTS = 4
"""As the instance's fixture sets."""


@pytest.fixture
def broker(broker_url: str) -> Generator[Broker]:
    opened = Broker(broker_url)
    yield opened
    opened.close()


@pytest.fixture
def workspace(instance: DagsterInstance) -> Generator[WorkspaceProcessContext]:
    with WorkspaceProcessContext(instance, EmptyWorkspaceTarget()) as opened:
        yield opened


def _queue(
    instance: DagsterInstance,
    priority: str | None,
    status: DagsterRunStatus = DagsterRunStatus.QUEUED,
) -> DagsterRun:
    tags = {} if priority is None else {PRIORITY_TAG: priority}
    return instance.create_run_for_job(
        darkwatch_scan,
        tags=tags,
        status=status,
        job_code_origin=origin(),
        remote_job_origin=remote_origin(),
    )


def _pass(daemon: RunQueueDaemon, workspace: WorkspaceProcessContext) -> None:
    for _ in daemon.run_iteration(workspace):
        pass


def _statuses(instance: DagsterInstance, runs: list[DagsterRun]) -> list[str]:
    return [stored(instance, run).status.value for run in runs]


def test_as_many_start_as_there_are_slots_and_the_urgent_do_first(
    instance: DagsterInstance, workspace: WorkspaceProcessContext, broker: Broker
) -> None:
    sweep = [_queue(instance, "-30") for _ in range(6)]
    urgent = [_queue(instance, "30"), _queue(instance, None)]
    daemon = RunQueueDaemon(broker)
    with daemon:
        _pass(daemon, workspace)
        assert _statuses(instance, urgent) == ["STARTING"] * 2
        assert _statuses(instance, sweep) == ["STARTING"] * 2 + ["QUEUED"] * 4
        waiting = broker.waiting(["dagster"])
        assert waiting == {task_of(instance, run) for run in [*urgent, *sweep[:2]]}
        _pass(daemon, workspace)  # all slots are taken
        assert _statuses(instance, sweep)[2:] == ["QUEUED"] * 4
        instance.report_run_failed(stored(instance, urgent[0]))
        instance.report_run_failed(stored(instance, urgent[1]))
        _pass(daemon, workspace)  # one slot is kept free of sweeps
        assert _statuses(instance, sweep)[2:] == ["STARTING"] + ["QUEUED"] * 3


def test_nothing_leaves_the_queue_while_the_broker_is_away(
    instance: DagsterInstance, workspace: WorkspaceProcessContext
) -> None:
    run = _queue(instance, "30")
    daemon = RunQueueDaemon(Broker("unix:///nowhere/valkey.sock?db=0"))
    with daemon:
        _pass(daemon, workspace)
    assert _statuses(instance, [run]) == ["QUEUED"]


def test_only_what_could_start_is_read_of_a_long_queue(instance: DagsterInstance) -> None:
    sweep = [_queue(instance, "-30") for _ in range(SLOTS + 3)]
    odd = _queue(instance, "not a number")
    busy = [
        _queue(instance, "30", status)
        for status in (
            DagsterRunStatus.STARTING,
            DagsterRunStatus.STARTED,
            DagsterRunStatus.CANCELING,
        )
    ]
    _queue(instance, "30", DagsterRunStatus.SUCCESS)
    queued, running = contenders(instance, SLOTS)
    assert [(c.run_id, c.priority) for c in queued] == [
        *((run.run_id, -30) for run in sweep[:SLOTS]),
        (odd.run_id, 0),
    ]
    assert [(c.run_id, c.priority, c.job) for c in running] == [
        (run.run_id, 30, "darkwatch_scan") for run in busy
    ]
