"""The job around a report: which one, what it shows, how it fails, nothing personal."""

from typing import Any

import pytest
from dagster import (
    DagsterEventType,
    DagsterInstance,
    ExecuteInProcessResult,
    MetadataValue,
    ResourceDefinition,
)

from kordant_pipelines.orchestration.definitions import build_defs
from kordant_pipelines.orchestration.partitions import SUBSCRIPTIONS
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.security.keyring import Keyring
from kordant_pipelines.services.container import Services, build_services
from kordant_pipelines.settings import Settings
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.services.looking import subscribe
from kordant_pipelines_tests.services.reports.reporting import left

EMAIL = "very.secret.address@example.com"


def _run(
    instance: DagsterInstance,
    services: Services,
    subscription: str,
    period: str | None = None,
    **tags: str,
) -> ExecuteInProcessResult:
    instance.add_dynamic_partitions(SUBSCRIPTIONS, [subscription])
    defs = build_defs({"services": ResourceDefinition.hardcoded_resource(services)})
    config = {"ops": {"generate_report": {"config": {"period": period}}}} if period else {}
    return defs.get_job_def("reports_generate").execute_in_process(
        run_config=config,
        instance=instance,
        partition_key=subscription,
        raise_on_error=False,
        tags=tags,
    )


def _shown(result: ExecuteInProcessResult) -> dict[str, object]:
    [output] = [e for e in result.all_events if e.event_type is DagsterEventType.STEP_OUTPUT]
    return {name: value.value for name, value in output.step_output_data.metadata.items()}


def _failed(result: ExecuteInProcessResult) -> tuple[str, bool]:
    [event] = [e for e in result.all_events if e.event_type is DagsterEventType.STEP_FAILURE]
    failure = event.step_failure_data.user_failure_data
    assert failure is not None
    retried: MetadataValue[Any] = failure.metadata["may be retried"]
    return str(failure.description), bool(retried.value)


def test_a_run_makes_the_report_and_a_second_one_finds_it(
    instance: DagsterInstance, services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    sandbox.publish_breach({"Name": "Known", "DataClasses": ["Passwords"]}, [EMAIL])
    subscription = subscribe(services.subscriptions, EMAIL)
    services.darkwatch.scan(subscription, "run-1")
    clock.advance(days=7)
    first = _run(instance, services, subscription)
    assert first.success
    shown = _shown(first)
    assert (shown["period"], shown["covers"]) == ("2026-W49", "2026-11-23 to 2026-11-29")
    assert (shown["made by this run"], shown["notifications owed"]) == (True, 1)
    assert (shown["new findings"], shown["open findings"]) == (1, 1)
    run = instance.get_run_by_id(first.run_id)
    assert run is not None
    assert run.tags["kordant/tier"] == "premium"
    again = _shown(_run(instance, services, subscription))
    assert (again["report"], again["made by this run"]) == (shown["report"], False)
    assert left(services) == (1, 1)


def test_a_missed_period_is_named_in_the_runs_config(
    instance: DagsterInstance, services: Services
) -> None:
    subscription = subscribe(services.subscriptions, EMAIL)
    assert _shown(_run(instance, services, subscription, "2026-W40"))["period"] == "2026-W40"


def test_a_run_that_comes_late_makes_the_report_it_was_owed_for(
    instance: DagsterInstance, services: Services, clock: HandClock
) -> None:
    subscription = subscribe(services.subscriptions, EMAIL)
    clock.advance(days=20)
    late = _run(instance, services, subscription, **{"kordant/slot": "2026-W48"})
    assert _shown(late)["period"] == "2026-W48"


@pytest.mark.parametrize(
    ("tier", "period", "said"),
    [
        ("basic", None, "that tier has no report"),
        ("premium", "2026-W50", "is not over"),
        ("premium", "2026-11", "is not a period of a weekly report"),
    ],
)
def test_what_is_not_owed_fails_for_good_and_says_why(
    instance: DagsterInstance, services: Services, tier: str, period: str | None, said: str
) -> None:
    subscription = subscribe(services.subscriptions, EMAIL, tier=tier)
    text, may_be_retried = _failed(_run(instance, services, subscription, period))
    assert said in text
    assert not may_be_retried


def test_a_store_that_does_not_answer_may_be_tried_again(
    instance: DagsterInstance, settings: Settings, keyring: Keyring, clock: HandClock
) -> None:
    (settings.home / "blocked").write_text("a file where a folder should be")
    url = f"file://{settings.home}/blocked/reports"
    services = build_services(
        settings.model_copy(update={"reports_url": url}), keyring, clock=clock
    )
    subscription = subscribe(services.subscriptions, EMAIL)
    text, may_be_retried = _failed(_run(instance, services, subscription))
    assert "KORDANT_REPORTS_URL" in text
    assert may_be_retried
    assert left(services) == (0, 0)
    services.close()


def test_nothing_personal_reaches_dagster(
    instance: DagsterInstance, services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    sandbox.publish_breach({"Name": "Known", "DataClasses": ["Passwords"]}, [EMAIL])
    subscription = subscribe(services.subscriptions, EMAIL, name="Secret Person")
    services.darkwatch.scan(subscription, "run-1")
    clock.advance(days=7)
    _run(instance, services, subscription)
    with services.database.connection() as connection:
        connection.exec_driver_sql("DROP TABLE alert_exposures")
    clock.advance(days=7)
    assert "withheld" in _failed(_run(instance, services, subscription))[0]
    stored = [
        str(record)
        for run in instance.get_runs()
        for record in (run, *instance.all_logs(run.run_id))
    ]
    assert len(stored) > 20
    for word in ("secret", "v•••", "known"):
        assert not [line for line in stored if word in line.lower()], word
