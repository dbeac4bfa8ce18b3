"""What the daemon and the workers would do to jobs, done by hand."""

from datetime import UTC, datetime
from typing import Any

from dagster import DagsterEvent, DagsterEventType, DagsterInstance, DagsterRun, DagsterRunStatus
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)

from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.orchestration.jobs.darkwatch_scan import darkwatch_scan
from kordant_pipelines.orchestration.run_endings import ended_since
from kordant_pipelines.orchestration.sensors.dispatch import run_request
from kordant_pipelines.orchestration.sensors.run_outcomes import settle
from kordant_pipelines.services.container import Services
from kordant_pipelines_tests.services.looking import subscribe
from kordant_pipelines_tests.webserver.serving import Web

_ORIGIN = RemoteJobOrigin(
    RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("kordant"), "__repository__"),
    Job.DARKWATCH.value,
)
FIELDS = """
    __typename
    ... on Error { message }
    ... on KordantJob {
        id job subscriptionId tier status pendingWhy pendingUntil attempt willRetry runId
        failureKind cancelled failure
        attempts { number state runId failure }
        progress { stepsSucceeded lastMessage }
        result { counts { name value } notes { name value } }
        links { label path }
    }
"""
STATUS = f"query S($id: ID!) {{ jobStatus(id: $id) {{ {FIELDS} }} }}"
RUN = """
mutation R($of: ID!, $job: JobName! = darkwatch_scan, $key: String, $payload: String,
           $force: Boolean! = false) {
    runJobNow(job: $job, subscriptionId: $of, idempotencyKey: $key, payload: $payload,
              force: $force) {
        __typename
        ... on Error { message }
        ... on RunJobNowSuccess { repeated job { id } }
    }
}
"""


def run_now(web: Web, subscription: str, **more: object) -> str:
    """Queue a DarkWatch scan; the job's id."""
    answer = web.ask(RUN, of=subscription, **more)["runJobNow"]
    assert answer["__typename"] == "RunJobNowSuccess", answer
    job_id: str = answer["job"]["id"]
    return job_id


def status(web: Web, job_id: str) -> dict[str, Any]:
    """The job's status."""
    answer: dict[str, Any] = web.ask(STATUS, id=job_id)["jobStatus"]
    return answer


def customer(services: Services, **more: object) -> str:
    """A new subscription that the calendar does not know of."""
    name = f"c{len(services.subscriptions.summaries())}@example.com"
    return subscribe(services.subscriptions, name, **more)


def launch(
    instance: DagsterInstance,
    services: Services,
    at: DagsterRunStatus = DagsterRunStatus.STARTED,
) -> DagsterRun:
    """Launch the DarkWatch run that was last owed, up to this status."""
    taken = services.calendar.dispatch.take_due([Job.DARKWATCH], limit=1000)
    owed = max(taken, key=lambda one: one.id)
    request = run_request(owed, darkwatch_scan)
    run = instance.create_run_for_job(
        darkwatch_scan,
        tags=request.tags,
        run_config=request.run_config,
        status=at,
        remote_job_origin=_ORIGIN,
    )
    if at is DagsterRunStatus.STARTED:
        _report(instance, run, DagsterEventType.PIPELINE_START)
    return run


def end(
    instance: DagsterInstance, services: Services, run: DagsterRun, ending: DagsterRunStatus
) -> None:
    """End a run, and have the calendar take it in."""
    if ending is DagsterRunStatus.SUCCESS:
        _report(instance, run, DagsterEventType.PIPELINE_SUCCESS)
    elif ending is DagsterRunStatus.CANCELED:
        instance.report_run_canceled(run)
    else:
        instance.report_run_failed(run, "the source was down")
    records = ended_since(instance, datetime(2026, 1, 1, tzinfo=UTC), 1000)
    settle(instance, services.calendar.outcomes, records)


def _report(instance: DagsterInstance, run: DagsterRun, kind: DagsterEventType) -> None:
    instance.report_dagster_event(DagsterEvent(kind.value, run.job_name), run.run_id)
