"""The job around the HomeTitle scan: metadata, failures, the call for an operator; no address."""

from collections.abc import Mapping
from typing import Any

import pytest
from dagster import (
    DagsterEventType,
    DagsterInstance,
    ExecuteInProcessResult,
    MetadataValue,
    ResourceDefinition,
)
from dagster._core.execution.plan.objects import UserFailureData
from sqlalchemy import text

from kordant_pipelines.orchestration.definitions import build_defs
from kordant_pipelines.orchestration.partitions import SUBSCRIPTIONS
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.services.container import Services
from kordant_pipelines_tests.services.looking import subscribe

LOT = "1999040001"
HOME = {"county": "nyc", "parcel": "1-99904-0001", "lenders": ("Verysecret Bank",)}


def _run(
    instance: DagsterInstance, services: Services, subscription: str
) -> ExecuteInProcessResult:
    instance.add_dynamic_partitions(SUBSCRIPTIONS, [subscription])
    defs = build_defs({"services": ResourceDefinition.hardcoded_resource(services)})
    job = defs.get_job_def("hometitle_scan")
    return job.execute_in_process(
        instance=instance, partition_key=subscription, raise_on_error=False
    )


def _homeowner(services: Services, sandbox: Sandbox) -> str:
    sandbox.record("acris", LOT, "deed", grantees=["VERYSECRET, ADA"])
    return subscribe(services.subscriptions, properties=[HOME], name="Ada Verysecret")


def _failure(result: ExecuteInProcessResult) -> UserFailureData:
    [event] = [e for e in result.all_events if e.event_type is DagsterEventType.STEP_FAILURE]
    failure = event.step_failure_data.user_failure_data
    assert failure is not None
    return failure


def _shown(metadata: Mapping[str, MetadataValue[Any]]) -> dict[str, object]:
    return {name: value.value for name, value in metadata.items()}


def _output(result: ExecuteInProcessResult) -> dict[str, object]:
    [output] = [e for e in result.all_events if e.event_type is DagsterEventType.STEP_OUTPUT]
    return _shown(output.step_output_data.metadata)


def test_a_scan_shows_its_counts_and_how_far_the_register_is_behind(
    instance: DagsterInstance, services: Services, sandbox: Sandbox
) -> None:
    subscription = _homeowner(services, sandbox)
    assert _run(instance, services, subscription).success
    sandbox.record("acris", LOT, "deed", grantees=["QUICK HOMES LLC"])
    result = _run(instance, services, subscription)
    shown = _output(result)
    assert str(shown["coverage"]).endswith("nyc_acris 21 days behind")
    assert (shown["properties"], shown["new documents"], shown["alerts raised"]) == (1, 1, 1)
    run = instance.get_run_by_id(result.run_id)
    assert run is not None
    assert run.tags["kordant/tier"] == "premium"
    assert "kordant/needs_operator" not in run.tags


def test_a_subscription_without_a_property_succeeds_and_says_so(
    instance: DagsterInstance, services: Services
) -> None:
    result = _run(instance, services, subscribe(services.subscriptions, "ada@example.com"))
    assert result.success
    assert _output(result)["coverage"] == "no property is watched"


def test_a_register_that_is_down_fails_the_run_and_owes_a_retry(
    instance: DagsterInstance, services: Services, sandbox: Sandbox
) -> None:
    subscription = _homeowner(services, sandbox)
    sandbox.fault("acris", "unavailable")
    failure = _failure(_run(instance, services, subscription))
    assert "1 not checked (nyc_acris: unavailable ×1)" in str(failure.description)
    assert _shown(failure.metadata)["may be retried"] is True


@pytest.mark.parametrize("fault", ["schema_drift", "bad_key"])
def test_what_no_retry_mends_calls_for_an_operator(
    instance: DagsterInstance, services: Services, sandbox: Sandbox, fault: str
) -> None:
    subscription = _homeowner(services, sandbox)
    sandbox.fault("acris", fault)
    result = _run(instance, services, subscription)
    assert _shown(_failure(result).metadata)["may be retried"] is False
    run = instance.get_run_by_id(result.run_id)
    assert run is not None
    assert run.tags["kordant/needs_operator"] == f"nyc_acris: {fault}"
    aloud = [e for e in instance.all_logs(run.run_id) if "An operator must act" in str(e.message)]
    assert [event.level for event in aloud] == [40]


def test_no_name_or_parcel_reaches_dagster(
    instance: DagsterInstance, services: Services, sandbox: Sandbox
) -> None:
    subscription = _homeowner(services, sandbox)
    _run(instance, services, subscription)
    sandbox.record("acris", LOT, "deed", grantees=["VERYSECRET HOLDINGS LLC"])
    _run(instance, services, subscription)
    sandbox.fault("acris", "truncated")
    _run(instance, services, subscription)
    sandbox.clear_faults()
    with services.database.connection() as connection:
        connection.execute(text("DROP TABLE scan_coverage"))
    broken = _run(instance, services, subscription)
    assert "ProgrammingError" in str(_failure(broken).description)
    stored = [
        str(record)
        for run in instance.get_runs()
        for record in (run, *instance.all_logs(run.run_id))
    ]
    assert len(stored) > 30
    assert not [
        line for line in stored if "verysecret" in line.lower() or "99904" in line or LOT in line
    ]
