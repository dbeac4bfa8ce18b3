"""The job around VoicePrint: tags, counts, failures that say what waits, nothing personal."""

from collections.abc import Sequence
from pathlib import Path

from dagster import DagsterEventType, DagsterInstance, ExecuteInProcessResult, ResourceDefinition

from kordant_pipelines.orchestration.definitions import build_defs
from kordant_pipelines.orchestration.partitions import SUBSCRIPTIONS
from kordant_pipelines.sandbox.voices.recordings import ADA, recording
from kordant_pipelines.security.keyring import Keyring
from kordant_pipelines.services.container import Services, build_services
from kordant_pipelines.settings import Settings
from kordant_pipelines_tests.services.looking import subscribe
from kordant_pipelines_tests.voice.saying import LABEL, clips, states


def _run(
    instance: DagsterInstance, services: Services, subscription: str
) -> ExecuteInProcessResult:
    instance.add_dynamic_partitions(SUBSCRIPTIONS, [subscription])
    defs = build_defs({"services": ResourceDefinition.hardcoded_resource(services)})
    return defs.get_job_def("voiceprint_batch").execute_in_process(
        instance=instance, partition_key=subscription, raise_on_error=False
    )


def _shown(result: ExecuteInProcessResult) -> dict[str, object]:
    [output] = [e for e in result.all_events if e.event_type is DagsterEventType.STEP_OUTPUT]
    metadata = output.step_output_data.metadata
    return {name: value.value for name, value in metadata.items()}


def _told(instance: DagsterInstance, run_ids: Sequence[str]) -> list[str]:
    runs = [instance.get_run_by_id(run_id) for run_id in run_ids]
    return [str(run) for run in runs] + [
        str(record) for run_id in run_ids for record in instance.all_logs(run_id)
    ]


def test_a_run_works_off_what_waits_and_shows_counts_alone(
    instance: DagsterInstance, services: Services
) -> None:
    subscription = subscribe(services.subscriptions, "ada@example.com")
    services.voice.intake.enrol(subscription, LABEL, clips(ADA))
    services.voice.intake.analyse(subscription, recording(ADA, 20), label=LABEL)
    services.voice.intake.analyse(subscription, clips(ADA)[0] + b"\0\0", label=LABEL)
    services.voice.intake.analyse(subscription, b"%PDF-1.7", label=None)
    result = _run(instance, services, subscription)
    assert result.success
    shown = _shown(result)
    assert shown["outcome"] == "1 enrolled, 2 analysed, 1 not evaluable (not_audio)"
    assert (shown["voice match"], shown["speech not assessed"]) == (2, 2)
    assert shown["alerts raised"] == 1
    told = _told(instance, [result.run_id])
    assert len(told) > 10
    assert not [line for line in told if "secret" in line.lower()]


def test_a_missing_model_fails_the_run_before_anything_is_taken(
    instance: DagsterInstance, settings: Settings, keyring: Keyring, tmp_path: Path
) -> None:
    without = settings.model_copy(update={"voice_models": tmp_path / "none"})
    services = build_services(without, keyring)
    try:
        subscription = subscribe(services.subscriptions, "ada@example.com")
        services.voice.intake.analyse(subscription, b"x", label=None)
        result = _run(instance, services, subscription)
        assert not result.success
        [event] = [e for e in result.all_events if e.event_type is DagsterEventType.STEP_FAILURE]
        failure = event.step_failure_data.user_failure_data
        assert failure is not None
        assert "kordant voice models" in str(failure.description)
        assert failure.metadata["may be retried"].value is True
        assert {state.value for state in states(services)} == {"pending"}
    finally:
        services.close()
