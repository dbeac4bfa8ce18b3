"""The jobs around removals: what they show, when they fail, and that nothing personal is stored."""

import pytest
from dagster import DagsterEventType, DagsterInstance, ExecuteInProcessResult, ResourceDefinition

from kordant_pipelines.orchestration.definitions import build_defs
from kordant_pipelines.orchestration.partitions import SUBSCRIPTIONS
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.services.container import Services
from kordant_pipelines.settings import Settings
from kordant_pipelines_tests.services.removals.enrolling import enrol


@pytest.fixture
def settings(settings: Settings, sandbox: Sandbox) -> Settings:
    registry = settings.home / "brokers.yaml"
    registry.write_bytes(sandbox.broker_registry())
    return settings.model_copy(
        update={
            "broker_registry_file": registry,
            "removals_address": sandbox.removals_address,
            "removals_smtp_url": sandbox.smtp_url,
            "removals_imap_url": sandbox.imap_url,
        }
    )


def _run(
    instance: DagsterInstance, services: Services, job: str, subscription: str | None = None
) -> ExecuteInProcessResult:
    if subscription:
        instance.add_dynamic_partitions(SUBSCRIPTIONS, [subscription])
    defs = build_defs({"services": ResourceDefinition.hardcoded_resource(services)})
    return defs.get_job_def(job).execute_in_process(
        instance=instance, partition_key=subscription, raise_on_error=False
    )


def _shown(result: ExecuteInProcessResult) -> dict[str, object]:
    [output] = [e for e in result.all_events if e.event_type is DagsterEventType.STEP_OUTPUT]
    return {name: value.value for name, value in output.step_output_data.metadata.items()}


def test_a_run_shows_its_requests_and_what_stands_in_the_way(
    instance: DagsterInstance, services: Services
) -> None:
    ada = enrol(services, "demo-0001")
    result = _run(instance, services, "removebrokers_process", ada)
    # Of the sandbox's brokers one shuts us out, one has another form, one no such address: that is
    # no customer's, so no run fails of it.
    assert result.success
    shown = _shown(result)
    for problem in ("walled: forbidden", "redesigned: schema_drift", "bouncing: bad_request"):
        assert problem in str(shown["problems"])
    assert shown["requests"] == 21
    assert str(shown["coverage"]).startswith("18 checked, 1 not checked, 2 uncovered")

    again = _run(instance, services, "removebrokers_process", ada)
    assert again.success
    run = instance.get_run_by_id(again.run_id)
    assert run is not None
    assert run.tags["kordant/tier"] == "basic"


def test_the_mailbox_is_read_by_a_job_of_its_own(
    instance: DagsterInstance, services: Services
) -> None:
    ada = enrol(services, "demo-0001")
    services.remove_brokers.process(ada, "run-1")
    result = _run(instance, services, "removal_mail_read")
    assert result.success
    shown = _shown(result)
    for broker in ("walled", "redesigned", "bouncing"):
        assert str(shown["troubles"]).count(f"'{broker}'") == 1
    assert shown["mails"] == shown["matched to a request"]
    assert shown["mails"] != 0


def test_nothing_personal_reaches_dagster(instance: DagsterInstance, services: Services) -> None:
    ada = enrol(services, "demo-0001")
    _run(instance, services, "removebrokers_process", ada)
    _run(instance, services, "removal_mail_read")
    with services.database.connection() as connection:
        connection.exec_driver_sql("ALTER TABLE removal_requests DROP COLUMN state")
    broken = _run(instance, services, "removebrokers_process", ada)
    assert not broken.success
    stored = [
        str(record).lower()
        for run in instance.get_runs()
        for record in (run, *instance.all_logs(run.run_id))
    ]
    assert len(stored) > 30
    for secret in ("lindqvist", "oakland", "example.com", "kordant.example", "kr-"):
        assert not [line for line in stored if secret in line]
