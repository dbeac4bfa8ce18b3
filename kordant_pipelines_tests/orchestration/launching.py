"""Handing runs to the broker, with no worker listening."""

from dagster import DagsterInstance, DagsterRun
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.launcher import LaunchRunContext
from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)

from kordant_pipelines.runtime.stack import CODE_LOCATION, CODE_MODULE

TASK_TAG = "dagster-celery/task_id"


def origin() -> JobPythonOrigin:
    """Where a worker would find the job."""
    return JobPythonOrigin(
        job_name="darkwatch_scan",
        repository_origin=RepositoryPythonOrigin(
            executable_path="python",
            code_pointer=ModuleCodePointer(CODE_MODULE, "defs"),
            container_image=None,
            entry_point=["dagster"],
            container_context=None,
        ),
    )


def remote_origin() -> RemoteJobOrigin:
    """Where daemon and webserver find the job."""
    location = RegisteredCodeLocationOrigin(CODE_LOCATION)
    return RemoteRepositoryOrigin(location, "__repository__").get_job_origin("darkwatch_scan")


def launch(instance: DagsterInstance, run: DagsterRun) -> None:
    """Hand the run over, as the daemon does."""
    instance.run_launcher.launch_run(LaunchRunContext(run, workspace=None))


def stored(instance: DagsterInstance, run: DagsterRun) -> DagsterRun:
    """The run as it is on record now."""
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    return found


def task_of(instance: DagsterInstance, run: DagsterRun) -> str:
    """The id of the run's task."""
    return stored(instance, run).tags[TASK_TAG]
