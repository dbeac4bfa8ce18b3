"""The job around the scan: tags, metadata, failures that say what is unknown, nothing personal."""

from collections.abc import Mapping
from typing import Any

import pytest
from dagster import (
    DagsterEventType,
    DagsterInstance,
    ExecuteInProcessResult,
    Failure,
    MetadataValue,
    ResourceDefinition,
)
from dagster._core.execution.plan.objects import UserFailureData
from sqlalchemy import text

from kordant_pipelines.orchestration.definitions import build_defs
from kordant_pipelines.orchestration.failures import shield
from kordant_pipelines.orchestration.partitions import SUBSCRIPTIONS
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.services.container import Services
from kordant_pipelines_tests.services.looking import subscribe

EMAIL = "very.secret.address@example.com"


def _run(
    instance: DagsterInstance, services: Services, subscription: str, **tags: str
) -> ExecuteInProcessResult:
    instance.add_dynamic_partitions(SUBSCRIPTIONS, [subscription])
    defs = build_defs({"services": ResourceDefinition.hardcoded_resource(services)})
    job = defs.get_job_def("darkwatch_scan")
    return job.execute_in_process(
        instance=instance, partition_key=subscription, raise_on_error=False, tags=tags
    )


def _failure(result: ExecuteInProcessResult) -> UserFailureData:
    [event] = [e for e in result.all_events if e.event_type is DagsterEventType.STEP_FAILURE]
    failure = event.step_failure_data.user_failure_data
    assert failure is not None
    return failure


def _shown(metadata: Mapping[str, MetadataValue[Any]]) -> dict[str, object]:
    return {name: value.value for name, value in metadata.items()}


def test_a_scan_labels_its_run_and_shows_counts_and_coverage(
    instance: DagsterInstance, services: Services, sandbox: Sandbox
) -> None:
    sandbox.publish_breach({"Name": "Known", "DataClasses": ["Passwords"]}, [EMAIL])
    subscription = subscribe(services.subscriptions, EMAIL)
    result = _run(instance, services, subscription, **{"kordant/reason": "baseline"})
    assert result.success
    run = instance.get_run_by_id(result.run_id)
    assert run is not None
    assert run.tags["kordant/tier"] == "premium"
    assert run.tags["kordant/reason"] == "baseline"
    assert run.tags["dagster/partition_set"] == "darkwatch_scan_partition_set"
    [output] = [e for e in result.all_events if e.event_type is DagsterEventType.STEP_OUTPUT]
    shown = _shown(output.step_output_data.metadata)
    assert shown["coverage"] == "2 checked"
    assert (shown["identifiers"], shown["new exposures"], shown["alerts raised"]) == (1, 1, 1)


def test_a_run_launched_without_a_reason_is_given_one(
    instance: DagsterInstance, services: Services
) -> None:
    subscription = subscribe(services.subscriptions, EMAIL)
    run = instance.get_run_by_id(_run(instance, services, subscription).run_id)
    assert run is not None
    assert run.tags["kordant/reason"] == "manual"


def test_a_scan_that_could_not_check_everything_fails_and_says_what(
    instance: DagsterInstance, services: Services, sandbox: Sandbox
) -> None:
    subscription = subscribe(services.subscriptions, EMAIL)
    sandbox.fault("hibp", "unavailable", path_contains="account")
    result = _run(instance, services, subscription)
    assert not result.success
    failure = _failure(result)
    assert "2 not checked (hibp: unavailable ×1, hibp_pastes: unavailable ×1)" in str(
        failure.description
    )
    assert _shown(failure.metadata)["may be retried"] is True
    assert _shown(failure.metadata)["lookups not checked"] == 2


def test_a_refused_key_owes_no_retry(
    instance: DagsterInstance, services: Services, sandbox: Sandbox
) -> None:
    subscription = subscribe(services.subscriptions, EMAIL)
    sandbox.fault("hibp", "bad_key", path_contains="account")
    failure = _failure(_run(instance, services, subscription))
    assert _shown(failure.metadata)["may be retried"] is False


@pytest.mark.parametrize("state", ["unknown", "cancelled"])
def test_nothing_runs_for_a_subscription_that_is_not_active(
    instance: DagsterInstance, services: Services, sandbox: Sandbox, state: str
) -> None:
    subscription = "sub_nope"
    if state == "cancelled":
        subscription = subscribe(services.subscriptions, EMAIL)
        services.subscriptions.cancel(subscription)
    failure = _failure(_run(instance, services, subscription))
    assert subscription in str(failure.description)
    assert _shown(failure.metadata)["may be retried"] is False
    assert sandbox.call_count("hibp") == 0


def test_no_identifier_reaches_dagster(
    instance: DagsterInstance,
    services: Services,
    sandbox: Sandbox,
    dagster_url: str,
    database_url: str,
) -> None:
    subscription = subscribe(services.subscriptions, EMAIL)
    sandbox.publish_breach({"Name": "Known", "DataClasses": ["Passwords"]}, [EMAIL])
    _run(instance, services, subscription)
    sandbox.fault("hibp", "disconnect", path_contains="account")
    with services.database.connection() as connection:
        connection.execute(text("TRUNCATE item_checks"))
    _run(instance, services, subscription)
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
    assert not [line for line in stored if "secret" in line.lower()]
    assert dagster_url != database_url


def test_an_exceptions_text_and_causes_are_withheld() -> None:
    def quote_a_row() -> None:
        try:
            int(EMAIL)
        except ValueError as cause:
            raise RuntimeError(f"Key (email)=({EMAIL}) exists") from cause

    with pytest.raises(Failure) as met, shield():
        quote_a_row()
    assert "builtins.RuntimeError" in str(met.value.description)
    assert "quote_a_row" in str(met.value.description)
    assert met.value.__cause__ is None
    assert met.value.__suppress_context__
    assert EMAIL not in str(met.value.description) + str(met.value.metadata)
