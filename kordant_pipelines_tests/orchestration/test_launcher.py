"""The launcher, against a real broker and with no worker listening."""

import pytest
from celery.signals import before_task_publish
from dagster import DagsterInstance, DagsterRun, DagsterRunStatus
from dagster._core.launcher import LaunchRunContext
from dagster._core.storage.tags import PRIORITY_TAG
from redis import Redis

from kordant_pipelines.domain.errors import Misconfigured
from kordant_pipelines.orchestration.engine.celery_config import QUEUE, broker_lists
from kordant_pipelines.orchestration.engine.launcher import KordantRunLauncher
from kordant_pipelines.orchestration.jobs.darkwatch_scan import darkwatch_scan
from kordant_pipelines_tests.conftest import Servers
from kordant_pipelines_tests.orchestration.launching import TASK_TAG, launch, origin, stored

_COUNT = """
    local waiting = 0
    for _, key in ipairs(redis.call('KEYS', 'dagster*')) do
        waiting = waiting + redis.call('LLEN', key)
    end
    return waiting
"""


@pytest.fixture
def run(instance: DagsterInstance, servers: Servers) -> DagsterRun:
    servers.empty_valkey()
    return instance.create_run_for_job(
        darkwatch_scan, status=DagsterRunStatus.STARTING, job_code_origin=origin()
    )


def _launcher(instance: DagsterInstance) -> KordantRunLauncher:
    launcher = instance.run_launcher
    assert isinstance(launcher, KordantRunLauncher)
    return launcher


def _queued(servers: Servers) -> int:
    client = Redis(unix_socket_path=str(servers.valkey.layout.valkey_socket))
    try:
        return int(str(client.eval(_COUNT, 0)))
    finally:
        client.close()


def test_a_launched_run_waits_in_the_broker_under_the_id_it_is_tagged_with(
    instance: DagsterInstance, run: DagsterRun, servers: Servers
) -> None:
    launch(instance, run)
    assert _queued(servers) == 1
    assert TASK_TAG in stored(instance, run).tags


def test_the_tag_is_written_before_the_task_can_start(
    instance: DagsterInstance, run: DagsterRun
) -> None:
    """A task that starts at once must find its id on the run, or a cancel could not reach it."""
    seen: list[bool] = []

    def look(**_: object) -> None:
        seen.append(TASK_TAG in stored(instance, run).tags)

    before_task_publish.connect(look)
    try:
        launch(instance, run)
    finally:
        before_task_publish.disconnect(look)
    assert seen == [True]


def test_an_unreachable_broker_is_named_with_the_remedy(
    instance: DagsterInstance, run: DagsterRun
) -> None:
    nowhere = "redis+socket:///nowhere/valkey.sock"
    launcher = KordantRunLauncher(broker=nowhere)
    launcher.register_instance(instance)
    with pytest.raises(Misconfigured, match="KORDANT_BROKER_URL"):
        launcher.launch_run(LaunchRunContext(run, workspace=None))


def test_a_run_cancelled_while_it_waits_ends_as_canceled(
    instance: DagsterInstance, run: DagsterRun
) -> None:
    launch(instance, run)
    assert _launcher(instance).terminate(run.run_id)
    assert stored(instance, run).status is DagsterRunStatus.CANCELED
    assert not _launcher(instance).terminate(run.run_id)


@pytest.mark.parametrize(
    ("tag", "place"), [("30", 0), ("10", 1), (None, 1), ("nonsense", 1), ("-10", 2), ("-30", 3)]
)
def test_the_more_urgent_a_run_the_earlier_a_worker_comes_to_it(
    instance: DagsterInstance, run: DagsterRun, servers: Servers, tag: str | None, place: int
) -> None:
    if tag is not None:
        instance.add_run_tags(run.run_id, {PRIORITY_TAG: tag})
    launch(instance, stored(instance, run))
    client = Redis(unix_socket_path=str(servers.valkey.layout.valkey_socket))
    lengths = [client.llen(name) for name in broker_lists(QUEUE)]
    client.close()
    assert lengths == [int(at == place) for at in range(4)]


def test_monitoring_asks_the_launcher_nothing(instance: DagsterInstance, run: DagsterRun) -> None:
    """It would fail at once a run whose task it does not find; the run watch looks twice."""
    assert not _launcher(instance).supports_check_run_worker_health
    assert _launcher(instance).get_run_worker_debug_info(stored(instance, run)) is None


def test_nothing_is_resumed(instance: DagsterInstance) -> None:
    assert not _launcher(instance).supports_resume_run
