"""Pages of jobs by any filter, dead letters and their replay, the queue's health, schedules."""

from dagster import DagsterInstance, DagsterRunStatus

from kordant_pipelines.domain.calendar.retries import Ended, Ending
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.services.calendar.outcomes import EndedRun, RunRef
from kordant_pipelines.services.container import Services
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.webserver.jobs import customer, launch, run_now
from kordant_pipelines_tests.webserver.serving import Web

JOBS = """query J($filter: KordantJobsFilter, $first: Int! = 50, $after: String) {
    jobs(filter: $filter, first: $first, after: $after) {
        __typename ... on Error { message }
        ... on KordantJobs { nextCursor results { id job tier status subscriptionId } } } }"""
LETTERS = """query L($job: JobName, $first: Int! = 100) { deadLetters(job: $job, first: $first) {
    __typename ... on Error { message }
    ... on DeadLetters { results { id subscriptionId failureKind attempts } } } }"""
REPLAY = """mutation R($ids: [ID!], $all: Boolean! = false, $key: String) {
    replayDeadLetters(ids: $ids, all: $all, idempotencyKey: $key) {
        __typename ... on Error { message } ... on ReplayDeadLettersSuccess { replayed } } }"""


def _page(web: Web, **asked: object) -> dict[str, object]:
    answer: dict[str, object] = web.ask(JOBS, **asked)["jobs"]
    return answer


def _ids(page: dict[str, object]) -> list[str]:
    results = page["results"]
    assert isinstance(results, list)
    return [job["id"] for job in results]


def _dead(services: Services) -> tuple[str, int]:
    """A subscription and its job that failed for good."""
    subscription = customer(services)
    services.admin.requests.run_now(Job.DARKWATCH, subscription, actor="test")
    taken = services.calendar.dispatch.take_due([Job.DARKWATCH], limit=1000)
    [owed] = [owed for owed in taken if owed.subscription_id == subscription]
    run_id = f"dead-{owed.key}"
    ended = Ended(run_id, run_id, Ending.FAILURE, services.admin.queues.health().at, permanent=True)
    services.calendar.outcomes.settle(
        [EndedRun(RunRef(run_id, owed.key, None), owed.job, subscription, ended)]
    )
    return subscription, owed.id


def test_pages_hold_every_job_once_the_newest_first(web: Web, services: Services) -> None:
    subscription = customer(services)
    made = [run_now(web, subscription) for _ in range(5)]
    seen: list[str] = []
    after: str | None = None
    for size in (2, 2, 1):
        page = _page(web, filter={"subscriptionId": subscription}, first=2, after=after)
        assert len(_ids(page)) == size
        seen += _ids(page)
        after = page["nextCursor"]  # pyright: ignore[reportAssignmentType]
    assert after is None
    assert seen == made[::-1]


def test_filters_narrow_together(web: Web, services: Services) -> None:
    basic, plus = customer(services, tier="basic"), customer(services, tier="plus")
    one, two = run_now(web, basic), run_now(web, plus)
    report = run_now(web, plus, job="reports_generate")
    of = {"subscriptionId": plus}
    assert _ids(_page(web, filter=of)) == [report, two]
    assert _ids(_page(web, filter={**of, "job": "darkwatch_scan"})) == [two]
    assert _ids(_page(web, filter={**of, "tier": "BASIC"})) == []
    assert one in _ids(_page(web, filter={"tier": "BASIC", "status": "PENDING"}))
    assert _ids(_page(web, filter={**of, "status": "COMPLETED"})) == []
    assert _ids(_page(web, filter={**of, "since": "2026-01-01T00:00:00Z"})) == [report, two]
    assert _ids(_page(web, filter={**of, "until": "2026-01-01T00:00:00+02:00"})) == []


def test_running_and_pending_are_told_apart_by_their_runs(
    web: Web, instance: DagsterInstance, services: Services
) -> None:
    services.calendar.dispatch.take_due(list(Job), limit=1000)
    running = run_now(web, first := customer(services))
    launch(instance, services)
    queued = run_now(web, second := customer(services))
    launch(instance, services, DagsterRunStatus.QUEUED)
    for subscription, job, status in (
        (first, running, "RUNNING"),
        (second, queued, "PENDING"),
    ):
        for asked in ("RUNNING", "PENDING"):
            page = _page(web, filter={"subscriptionId": subscription, "status": asked})
            assert _ids(page) == ([job] if asked == status else [])


def test_a_page_that_is_none_is_refused_by_type(web: Web) -> None:
    for asked in (
        {"first": 0},
        {"first": 501},
        {"after": "x"},
        {"filter": {"since": "2026-01-01T00:00:00"}},
    ):
        page = _page(web, **asked)
        assert page["__typename"] == "InvalidRequestError", asked


def test_dead_letters_are_replayed_by_id_and_all_together_under_a_key_once(
    web: Web, services: Services
) -> None:
    (one, first), (_, second), (_, third) = [_dead(services) for _ in range(3)]
    letters = web.ask(LETTERS)["deadLetters"]["results"]
    assert {
        "id": str(first),
        "subscriptionId": one,
        "failureKind": "PERMANENT",
        "attempts": 1,
    } in letters
    unknown = web.ask(REPLAY, ids=[str(first), "999999"])["replayDeadLetters"]
    assert unknown["__typename"] == "InvalidRequestError"
    assert "nothing was replayed" in unknown["message"]
    for _ in range(2):
        answer = web.ask(REPLAY, ids=[str(first)], key=f"replay/{first}")["replayDeadLetters"]
        assert answer == {"__typename": "ReplayDeadLettersSuccess", "replayed": 1}
    open_ids = {letter["id"] for letter in web.ask(LETTERS)["deadLetters"]["results"]}
    assert str(first) not in open_ids
    assert {str(second), str(third)} <= open_ids
    answer = web.ask(REPLAY, all=True)["replayDeadLetters"]
    assert answer["replayed"] == len(open_ids)
    assert web.ask(LETTERS)["deadLetters"]["results"] == []
    assert web.ask(REPLAY, all=True)["replayDeadLetters"]["replayed"] == 0


def test_the_queues_health_counts_what_is_due_and_since_when(
    web: Web, services: Services, clock: HandClock
) -> None:
    services.calendar.dispatch.take_due(list(Job), limit=1000)
    query = """{ queueHealth { waiting inFlight deadLetters oldestSeconds
                 queues { job tier waiting oldestSeconds inFlight } heartbeats { name } } }"""
    run_now(web, customer(services, tier="plus"))
    clock.advance(seconds=90)
    health = web.ask(query)["queueHealth"]
    assert len(health["queues"]) == 18
    assert health["waiting"] == sum(queue["waiting"] for queue in health["queues"])
    queues = {(queue["job"], queue["tier"]): queue for queue in health["queues"]}
    queue = queues["darkwatch_scan", "PLUS"]
    assert queue["waiting"] == 1
    assert 90 <= queue["oldestSeconds"] < 91
    assert health["oldestSeconds"] >= queue["oldestSeconds"]
    taken = services.calendar.dispatch.take_due(list(Job), limit=1000)
    after = web.ask(query)["queueHealth"]
    assert (after["waiting"], after["oldestSeconds"]) == (0, None)
    assert after["inFlight"] == health["inFlight"] + len(taken)


def test_schedules_tell_of_every_pair_that_is_sold(web: Web) -> None:
    query = "{ schedules { job tier cadence window enabled slot runs { state runs } } }"
    schedules = web.ask(query)["schedules"]
    assert len(schedules) == 8
    assert {s["cadence"] for s in schedules} == {"daily", "weekly", "monthly"}
