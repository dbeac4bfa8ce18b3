"""The code location as Dagster and an operator see it."""

import subprocess
import sys

import pytest
from dagster import DagsterInstance, DynamicPartitionsDefinition

from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.orchestration.definitions import defs

JOBS = {job.value for job in Job} | {"breach_catalogue_refresh", "removal_mail_read"}


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


@pytest.mark.parametrize(
    "name", ["darkwatch_scan", "hometitle_scan", "notifications_send", "reports_generate"]
)
def test_jobs_are_partitioned_by_subscription_and_take_no_config(name: str) -> None:
    job = defs.get_job_def(name)
    assert isinstance(job.partitions_def, DynamicPartitionsDefinition)
    assert job.partitions_def.name == "subscription"
    # What an op can be told in run config could be personal data; ids come as partition keys.
    assert all(
        not node.definition.config_field.is_required
        for node in job.nodes
        if node.definition.config_field
    )


def test_all_that_starts_by_itself_is_on_from_the_start() -> None:
    repository = defs.get_repository_def()
    instigators = [*repository.sensor_defs, *repository.schedule_defs]
    assert {one.default_status.value for one in instigators} == {"RUNNING"}


def test_the_uis_list_keeps_the_tier_table_together() -> None:
    repository = defs.get_repository_def()
    names = sorted(one.name for one in [*repository.sensor_defs, *repository.schedule_defs])
    assert [name for name in names if not name.startswith("calendar_")] == [
        "breach_catalogue_schedule",
        "darkwatch_1_basic_schedule",
        "darkwatch_2_plus_schedule",
        "darkwatch_3_premium_schedule",
        "hometitle_1_basic_schedule",
        "hometitle_2_plus_schedule",
        "hometitle_3_premium_schedule",
        "removal_mail_schedule",
        "reports_2_plus_schedule",
        "reports_3_premium_schedule",
    ]
    assert names.index("darkwatch_1_basic_schedule") > names.index(
        "calendar_subscription_changes_sensor"
    )


def test_the_schedules_read_as_the_tier_table() -> None:
    crons = {s.name: s.cron_schedule for s in defs.get_repository_def().schedule_defs}
    for upkeep in ("breach_catalogue_schedule", "removal_mail_schedule"):
        crons.pop(upkeep)
    assert dict(sorted(crons.items())) == {
        "darkwatch_1_basic_schedule": "0 0 1 * *",
        "darkwatch_2_plus_schedule": "0 0 * * 1",
        "darkwatch_3_premium_schedule": "0 0 * * *",
        "hometitle_1_basic_schedule": "0 0 1 * *",
        "hometitle_2_plus_schedule": "0 0 * * 1",
        "hometitle_3_premium_schedule": "0 0 * * *",
        "reports_2_plus_schedule": "0 0 1 * *",
        "reports_3_premium_schedule": "0 0 * * 1",
    }


def test_the_instance_is_the_one_dagster_yaml_describes(instance: DagsterInstance) -> None:
    assert type(instance.run_launcher).__name__ == "KordantRunLauncher"
    assert type(instance.run_coordinator).__name__ == "QueuedRunCoordinator"
    queue = instance.get_concurrency_config().run_queue_config
    assert queue is not None
    assert queue.max_concurrent_runs == 4
    assert not instance.telemetry_enabled
    assert instance.run_monitoring_enabled
    assert instance.run_monitoring_max_resume_run_attempts == 0
