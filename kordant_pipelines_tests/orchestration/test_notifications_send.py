"""The job around sending: tags, metadata, when it fails, nothing personal."""

from collections.abc import Mapping

import pytest
from dagster import DagsterEventType, DagsterInstance, ExecuteInProcessResult, ResourceDefinition

from kordant_pipelines.orchestration.definitions import build_defs
from kordant_pipelines.orchestration.partitions import SUBSCRIPTIONS
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.services.container import Services
from kordant_pipelines_tests.services.looking import subscribe

EMAIL = "very.secret.address@example.com"
PHONE = "+12025550142"


@pytest.fixture
def subscription(services: Services, sandbox: Sandbox) -> str:
    """A subscription that is owed an alert by e-mail and by SMS."""
    sandbox.publish_breach({"Name": "Known", "DataClasses": ["Credit cards"]}, [EMAIL])
    subscription = subscribe(
        services.subscriptions, EMAIL, contact_emails=(EMAIL,), contact_phones=(PHONE,)
    )
    services.darkwatch.scan(subscription, "run-0")
    return subscription


def _run(
    instance: DagsterInstance, services: Services, subscription: str
) -> ExecuteInProcessResult:
    instance.add_dynamic_partitions(SUBSCRIPTIONS, [subscription])
    defs = build_defs({"services": ResourceDefinition.hardcoded_resource(services)})
    job = defs.get_job_def("notifications_send")
    return job.execute_in_process(
        instance=instance, partition_key=subscription, raise_on_error=False
    )


def _shown(result: ExecuteInProcessResult) -> Mapping[str, object]:
    for event in result.all_events:
        if event.event_type is DagsterEventType.STEP_FAILURE:
            failure = event.step_failure_data.user_failure_data
            assert failure is not None
            text = {"failure": failure.description}
            return text | {name: value.value for name, value in failure.metadata.items()}
    [output] = [e for e in result.all_events if e.event_type is DagsterEventType.STEP_OUTPUT]
    return {name: value.value for name, value in output.step_output_data.metadata.items()}


def test_a_run_shows_what_became_of_messages(
    instance: DagsterInstance, services: Services, subscription: str, sandbox: Sandbox
) -> None:
    result = _run(instance, services, subscription)
    assert result.success
    run = instance.get_run_by_id(result.run_id)
    assert run is not None
    assert run.tags["kordant/tier"] == "premium"
    assert run.tags["dagster/partition_set"] == "notifications_send_partition_set"
    shown = _shown(result)
    assert (shown["outcome"], shown["messages sent"]) == ("2 sent", 2)
    again = _run(instance, services, subscription)
    assert again.success
    assert _shown(again)["outcome"] == "nothing to send"
    assert len(sandbox.inbox()) == 2


def test_a_doubt_or_a_wait_is_no_failure(
    instance: DagsterInstance, services: Services, subscription: str, sandbox: Sandbox
) -> None:
    sandbox.fault("twilio", "disconnect", times=1)
    sandbox.fault("smtp", "rate_limited", times=1)
    result = _run(instance, services, subscription)
    assert result.success
    shown = _shown(result)
    assert shown["messages in doubt"] == 1
    assert shown["messages to be tried again"] == 1
    assert shown["not sent: smtp: smtp_451"] == 1


def test_a_provider_that_refuses_us_is_a_failure_that_no_retry_mends(
    instance: DagsterInstance, services: Services, subscription: str, sandbox: Sandbox
) -> None:
    sandbox.fault("twilio", "bad_key", times=1)
    shown = _shown(_run(instance, services, subscription))
    assert "someone mends twilio: twilio_20003" in str(shown["failure"])
    assert shown["may be retried"] is False
    assert shown["messages sent"] == 1  # the e-mail went


def test_nothing_runs_for_a_subscription_that_is_not_active(
    instance: DagsterInstance, services: Services, subscription: str, sandbox: Sandbox
) -> None:
    services.subscriptions.cancel(subscription)
    shown = _shown(_run(instance, services, subscription))
    assert shown["may be retried"] is False
    assert sandbox.inbox() == []


def test_nothing_personal_reaches_dagster(
    instance: DagsterInstance, services: Services, subscription: str, sandbox: Sandbox
) -> None:
    sandbox.fault("twilio", "disconnect", times=1)
    _run(instance, services, subscription)
    _run(instance, services, subscription)
    stored = " ".join(
        str(record)
        for run in instance.get_runs()
        for record in (run, *instance.all_logs(run.run_id))
    )
    for secret in ("very.secret", PHONE, PHONE[1:], "Known", "v•••@"):
        assert secret not in stored
