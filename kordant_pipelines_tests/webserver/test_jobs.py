"""The panel's life with a job, from its first word to the last, over real HTTP."""

from datetime import datetime

import pytest
from dagster import DagsterInstance, DagsterRunStatus, ResourceDefinition

from kordant_pipelines.domain.calendar.retries import RETRY_DELAYS
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.orchestration.definitions import build_defs
from kordant_pipelines.orchestration.jobs.darkwatch_scan import darkwatch_scan
from kordant_pipelines.orchestration.partitions import SUBSCRIPTIONS
from kordant_pipelines.orchestration.sensors.dispatch import run_request
from kordant_pipelines.services.container import Services
from kordant_pipelines_tests.at_once import at_once
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.webserver.jobs import RUN, customer, end, launch, run_now, status
from kordant_pipelines_tests.webserver.serving import Web

FAILURE, SUCCESS = DagsterRunStatus.FAILURE, DagsterRunStatus.SUCCESS
CANCEL = """mutation C($id: ID!) { cancelJob(id: $id) {
    __typename ... on Error { message } ... on CancelJobSuccess { job { status cancelled } } } }"""
RETRY = """mutation R($id: ID!, $key: String) { retryJob(id: $id, idempotencyKey: $key) {
    __typename ... on Error { message }
    ... on RunJobNowSuccess { repeated job { id status pendingWhy } } } }"""


@pytest.fixture(autouse=True)
def _empty_queue(services: Services) -> None:
    """What other tests left due is out of the way."""
    for owed in services.calendar.dispatch.take_due(list(Job), limit=1000):
        del owed


def test_a_job_goes_from_pending_to_running_to_completed(
    web: Web, instance: DagsterInstance, services: Services
) -> None:
    subscription = customer(services)
    job = run_now(web, subscription)
    seen = status(web, job)
    assert (seen["status"], seen["pendingWhy"], seen["attempt"]) == ("PENDING", "ROOM", 1)
    assert (seen["job"], seen["subscriptionId"]) == ("darkwatch_scan", subscription)
    run = launch(instance, services, DagsterRunStatus.QUEUED)
    seen = status(web, job)
    assert (seen["status"], seen["pendingWhy"]) == ("PENDING", "WORKER")
    assert seen["runId"] == run.run_id
    instance.report_run_canceled(run)


def test_what_a_completed_job_tells_of_its_work(
    web: Web, instance: DagsterInstance, services: Services
) -> None:
    subscription = customer(services)
    job = run_now(web, subscription)
    [owed] = services.calendar.dispatch.take_due([Job.DARKWATCH], limit=10)
    instance.add_dynamic_partitions(SUBSCRIPTIONS, [subscription])
    defs = build_defs({"services": ResourceDefinition.hardcoded_resource(services)})
    request = run_request(owed, darkwatch_scan)
    result = defs.get_job_def("darkwatch_scan").execute_in_process(
        instance=instance, partition_key=subscription, tags=request.tags
    )
    assert status(web, job)["status"] == "RUNNING"  # until the calendar has taken it in
    end(instance, services, result.dagster_run, SUCCESS)
    for name in (job, result.run_id):  # by either id
        seen = status(web, name)
        assert (seen["id"], seen["status"]) == (job, "COMPLETED")
        told = seen["result"]
        counts = {count["name"]: count["value"] for count in told["counts"]}
        assert counts["identifiers"] == 1
        assert counts["lookups checked"] == 2
        assert [note["name"] for note in told["notes"]] == ["coverage"]
        assert {"label": "run", "path": f"/runs/{result.run_id}"} in seen["links"]


def test_a_failing_job_is_pending_between_its_tries_and_failed_after_the_last(
    web: Web, instance: DagsterInstance, services: Services, clock: HandClock
) -> None:
    job = run_now(web, customer(services))
    seen = status(web, job)
    for number, delay in enumerate((*RETRY_DELAYS, None), start=1):
        run = launch(instance, services)
        seen = status(web, job)
        assert (seen["status"], seen["attempt"], seen["runId"]) == ("RUNNING", number, run.run_id)
        end(instance, services, run, FAILURE)
        seen = status(web, job)
        if delay is not None:
            assert (seen["status"], seen["pendingWhy"]) == ("PENDING", "RETRY")
            assert seen["willRetry"] is True
            until = datetime.fromisoformat(str(seen["pendingUntil"]))
            clock.advance(seconds=(until - clock()).total_seconds() + 1)
    assert (seen["status"], seen["failureKind"], seen["willRetry"]) == (
        "FAILED",
        "EXHAUSTED",
        False,
    )
    tries = seen["attempts"]
    assert [(one["number"], one["state"]) for one in tries] == [
        (1, "RETRIED"),
        (2, "RETRIED"),
        (3, "RETRIED"),
        (4, "DEAD"),
    ]
    assert all("the source was down" in one["failure"] for one in tries)
    assert "the source was down" in str(seen["failure"])


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ({"of": "sub_nobody"}, "UnknownSubscriptionError"),
        ({"paused": True}, "InactiveSubscriptionError"),
        ({"tier": "basic", "job": "reports_generate"}, "JobNotInTierError"),
        ({"payload": '{"deep": true}'}, "InvalidPayloadError"),
        ({"payload": "[1]"}, "InvalidPayloadError"),
        ({"payload": "{"}, "InvalidPayloadError"),
        ({"key": "two words"}, "InvalidRequestError"),
        ({"key": "x" * 101}, "InvalidRequestError"),
    ],
)
def test_what_cannot_be_is_refused_by_type_and_nothing_is_queued(
    web: Web, services: Services, asked: dict[str, object], kind: str
) -> None:
    tier = asked.pop("tier", "premium")
    subscription = str(asked.pop("of", None) or customer(services, tier=tier))
    if asked.pop("paused", False):
        services.subscriptions.pause(subscription)
    answer = web.ask(RUN, of=subscription, **asked)["runJobNow"]
    assert answer["__typename"] == kind
    assert answer["message"]
    jobs = web.ask(
        "query J($of: ID!) { jobs(filter: {subscriptionId: $of}) { ... on KordantJobs "
        "{ results { id } } } }",
        of=subscription,
    )
    assert jobs["jobs"]["results"] == []


def test_a_job_outside_its_tier_is_run_if_forced(web: Web, services: Services) -> None:
    subscription = customer(services, tier="basic")
    assert run_now(web, subscription, job="reports_generate", force=True)


def test_a_job_that_is_not_one_is_refused_by_the_schema(web: Web) -> None:
    with web.client(web.operator) as client:
        query = 'mutation { runJobNow(job: mining, subscriptionId: "s") { __typename } }'
        answer = client.post("/graphql", json={"query": query})
    assert answer.status_code == 400


def test_the_same_key_twice_or_at_once_is_one_job_and_for_another_it_is_refused(
    web: Web, services: Services
) -> None:
    subscription = customer(services)
    answers = at_once(
        lambda _: web.ask(RUN, of=subscription, key=f"k/{subscription}")["runJobNow"], 8
    )
    assert len({answer["job"]["id"] for answer in answers}) == 1
    assert sorted(answer["repeated"] for answer in answers) == [False, *[True] * 7]
    other = web.ask(RUN, of=customer(services), key=f"k/{subscription}")["runJobNow"]
    assert other["__typename"] == "IdempotencyConflictError"
    services.subscriptions.cancel(subscription)  # an answer once given stays
    again = web.ask(RUN, of=subscription, key=f"k/{subscription}")["runJobNow"]
    assert again["job"]["id"] == answers[0]["job"]["id"]


def test_a_pending_job_is_cancelled_and_never_launched(web: Web, services: Services) -> None:
    job = run_now(web, customer(services))
    for _ in range(2):
        answer = web.ask(CANCEL, id=job)["cancelJob"]
        assert answer["job"] == {"status": "FAILED", "cancelled": True}
    assert services.calendar.dispatch.take_due(list(Job), limit=10) == []


def test_a_queued_run_is_cancelled_and_not_tried_again(
    web: Web, instance: DagsterInstance, services: Services
) -> None:
    job = run_now(web, customer(services))
    run = launch(instance, services, DagsterRunStatus.QUEUED)
    assert web.ask(CANCEL, id=run.run_id)["cancelJob"]["__typename"] == "CancelJobSuccess"
    stored = instance.get_run_by_id(run.run_id)
    assert stored is not None
    assert stored.status is DagsterRunStatus.CANCELED
    end(instance, services, run, DagsterRunStatus.CANCELED)
    seen = status(web, job)
    assert (seen["status"], seen["cancelled"], seen["willRetry"]) == ("FAILED", True, False)


def test_what_is_over_or_unknown_is_not_cancelled(
    web: Web, instance: DagsterInstance, services: Services
) -> None:
    job = run_now(web, customer(services))
    end(instance, services, launch(instance, services), SUCCESS)
    assert web.ask(CANCEL, id=job)["cancelJob"]["__typename"] == "JobNotCancellableError"
    for unknown in ("999999999", "nobody", "9" * 30):
        assert web.ask(CANCEL, id=unknown)["cancelJob"]["__typename"] == "UnknownJobError"
        assert status(web, unknown)["__typename"] == "UnknownJobError"


def test_what_is_being_launched_is_not_cancelled_behind_the_launchers_back(
    web: Web, services: Services
) -> None:
    job = run_now(web, customer(services))
    services.calendar.dispatch.take_due([Job.DARKWATCH], limit=10)
    assert status(web, job)["pendingWhy"] == "LAUNCH"
    answer = web.ask(CANCEL, id=job)["cancelJob"]
    assert answer["__typename"] == "JobNotCancellableError"
    assert "Ask again" in answer["message"]


def test_a_waiting_retry_runs_now_and_a_failed_job_runs_anew_once(
    web: Web, instance: DagsterInstance, services: Services
) -> None:
    job = run_now(web, customer(services))
    end(instance, services, launch(instance, services), FAILURE)
    answer = web.ask(RETRY, id=job)["retryJob"]
    assert answer["job"]["id"] == job
    assert answer["job"]["pendingWhy"] == "ROOM"
    assert web.ask(CANCEL, id=job)["cancelJob"]["job"]["cancelled"] is True
    again = [web.ask(RETRY, id=job)["retryJob"]["job"]["id"] for _ in range(2)]
    assert again[0] == again[1] != job
    run = launch(instance, services)
    assert run.tags["kordant/reason"] == "replay"
    assert web.ask(RETRY, id=again[0])["retryJob"]["__typename"] == "JobNotRetryableError"


def test_a_run_launched_in_the_ui_is_a_job_from_its_start(
    web: Web, instance: DagsterInstance, services: Services
) -> None:
    subscription = customer(services)
    run = instance.create_run_for_job(
        darkwatch_scan,
        tags={"dagster/partition": subscription},
        status=DagsterRunStatus.STARTED,
    )
    seen = status(web, run.run_id)
    assert (seen["status"], seen["subscriptionId"]) == ("RUNNING", subscription)
    end(instance, services, run, FAILURE)
    seen = status(web, run.run_id)
    assert (seen["status"], seen["willRetry"]) == ("PENDING", True)
    assert str(seen["id"]).isdigit()
