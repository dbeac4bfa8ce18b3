"""The launcher, against a real broker and with no worker listening."""

import pytest
from celery.signals import before_task_publish
from dagster import DagsterInstance, DagsterRun, DagsterRunStatus
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.launcher import LaunchRunContext, WorkerStatus
from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin
from redis import Redis

from kordant_pipelines.domain.errors import Misconfigured
from kordant_pipelines.orchestration.engine.launcher import KordantRunLauncher
from kordant_pipelines.orchestration.jobs.darkwatch_scan import darkwatch_scan
from kordant_pipelines_tests.conftest import Servers

TASK_TAG = "dagster-celery/task_id"
_COUNT = """
    local waiting = 0
    for _, key in ipairs(redis.call('KEYS', 'dagster*')) do
        waiting = waiting + redis.call('LLEN', key)
    end
    return waiting
"""
MODULE = "kordant_pipelines.orchestration.definitions"


@pytest.fixture
def run(instance: DagsterInstance, servers: Servers) -> DagsterRun:
    servers.empty_valkey()
    origin = JobPythonOrigin(
        job_name="darkwatch_scan",
        repository_origin=RepositoryPythonOrigin(
            executable_path="python",
            code_pointer=ModuleCodePointer(MODULE, "defs"),
            container_image=None,
            entry_point=["dagster"],
            container_context=None,
        ),
    )
    return instance.create_run_for_job(
        darkwatch_scan, status=DagsterRunStatus.STARTING, job_code_origin=origin
    )


def _launcher(instance: DagsterInstance) -> KordantRunLauncher:
    launcher = instance.run_launcher
    assert isinstance(launcher, KordantRunLauncher)
    return launcher


def _launch(instance: DagsterInstance, run: DagsterRun) -> None:
    _launcher(instance).launch_run(LaunchRunContext(run, workspace=None))


def _stored(instance: DagsterInstance, run: DagsterRun) -> DagsterRun:
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    return found


def _queued(servers: Servers) -> int:
    client = Redis(unix_socket_path=str(servers.valkey.layout.valkey_socket))
    try:
        return int(str(client.eval(_COUNT, 0)))
    finally:
        client.close()


def test_a_launched_run_waits_in_the_broker_under_the_id_it_is_tagged_with(
    instance: DagsterInstance, run: DagsterRun, servers: Servers
) -> None:
    _launch(instance, run)
    assert _queued(servers) == 1
    assert TASK_TAG in _stored(instance, run).tags


def test_the_tag_is_written_before_the_task_can_start(
    instance: DagsterInstance, run: DagsterRun
) -> None:
    """A task that starts at once must find its id on the run, or a cancel could not reach it."""
    seen: list[bool] = []

    def look(**_: object) -> None:
        seen.append(TASK_TAG in _stored(instance, run).tags)

    before_task_publish.connect(look)
    try:
        _launch(instance, run)
    finally:
        before_task_publish.disconnect(look)
    assert seen == [True]


def test_an_unreachable_broker_is_named_with_the_remedy(
    instance: DagsterInstance, run: DagsterRun
) -> None:
    nowhere = "redis+socket:///nowhere/valkey.sock"
    launcher = KordantRunLauncher(broker=nowhere, backend=nowhere)
    launcher.register_instance(instance)
    with pytest.raises(Misconfigured, match="KORDANT_BROKER_URL"):
        launcher.launch_run(LaunchRunContext(run, workspace=None))


def test_a_run_cancelled_while_it_waits_ends_as_canceled(
    instance: DagsterInstance, run: DagsterRun
) -> None:
    _launch(instance, run)
    assert _launcher(instance).terminate(run.run_id)
    assert _stored(instance, run).status is DagsterRunStatus.CANCELED
    assert not _launcher(instance).terminate(run.run_id)


def test_a_run_never_handed_over_is_not_healthy(instance: DagsterInstance, run: DagsterRun) -> None:
    health = _launcher(instance).check_run_worker_health(_stored(instance, run))
    assert health.status is WorkerStatus.NOT_FOUND
    assert _launcher(instance).get_run_worker_debug_info(_stored(instance, run)) is None


def test_nothing_is_resumed(instance: DagsterInstance) -> None:
    assert not _launcher(instance).supports_resume_run
