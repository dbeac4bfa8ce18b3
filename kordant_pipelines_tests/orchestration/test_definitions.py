"""The code location as Dagster and an operator see it."""

import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from dagster import DagsterInstance, DynamicPartitionsDefinition
from dagster_graphql.schema import create_schema
from graphql import parse, validate

from kordant_pipelines.orchestration.definitions import defs

DOCUMENTS = [
    Path(str(path))
    for path in files("kordant_pipelines.cli").joinpath("graphql").iterdir()
    if path.name.endswith(".graphql")
]
JOBS = {
    "breach_catalogue_refresh",
    "darkwatch_scan",
    "removal_mail_read",
    "removebrokers_process",
}


def test_they_load_in_a_fresh_interpreter_without_any_setting() -> None:
    code = "from kordant_pipelines.orchestration.definitions import defs; print(len(defs.jobs))"
    answer = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={},
    )
    assert answer.stdout.strip() == str(len(JOBS)), answer.stderr


def test_every_job_is_described_for_an_operator() -> None:
    repository = defs.get_repository_def()
    jobs = {job.name: job for job in repository.get_all_jobs()}
    assert jobs.keys() == JOBS
    for job in jobs.values():
        assert job.description, job.name
        assert all(node.definition.description for node in job.nodes), job.name


def test_scans_are_partitioned_by_subscription_and_take_no_config() -> None:
    job = defs.get_job_def("darkwatch_scan")
    assert isinstance(job.partitions_def, DynamicPartitionsDefinition)
    assert job.partitions_def.name == "subscription"
    # What an op can be told in run config could be personal data; ids come as partition keys.
    assert all(
        not node.definition.config_field.is_required
        for node in job.nodes
        if node.definition.config_field
    )


def test_what_starts_by_itself_is_on_from_the_start() -> None:
    repository = defs.get_repository_def()
    assert {s.name: s.default_status.value for s in repository.sensor_defs} == {
        "subscription_changes_sensor": "RUNNING"
    }
    assert {s.name: s.default_status.value for s in repository.schedule_defs} == {
        "breach_catalogue_schedule": "RUNNING",
        "removal_mail_schedule": "RUNNING",
    }


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_graphql_document_fits_dagsters_schema(document: Path) -> None:
    assert validate(create_schema().graphql_schema, parse(document.read_text())) == []


def test_the_instance_is_the_one_dagster_yaml_describes(instance: DagsterInstance) -> None:
    assert type(instance.run_launcher).__name__ == "KordantRunLauncher"
    assert type(instance.run_coordinator).__name__ == "QueuedRunCoordinator"
    queue = instance.get_concurrency_config().run_queue_config
    assert queue is not None
    assert queue.max_concurrent_runs == 4
    assert not instance.telemetry_enabled
    assert instance.run_monitoring_enabled
    assert instance.run_monitoring_max_resume_run_attempts == 0
