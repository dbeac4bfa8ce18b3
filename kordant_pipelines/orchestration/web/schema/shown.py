"""Services' answers as GraphQL objects."""

from collections.abc import Sequence
from datetime import datetime

from kordant_pipelines.domain.job_status import JobStatus, PendingWhy
from kordant_pipelines.orchestration.web.schema.types import (
    GrapheneCount,
    GrapheneDeadLetter,
    GrapheneHeartbeat,
    GrapheneJob,
    GrapheneJobAttempt,
    GrapheneJobProgress,
    GrapheneJobResult,
    GrapheneKordantSchedule,
    GrapheneLink,
    GrapheneNote,
    GrapheneQueue,
    GrapheneQueueHealth,
    GrapheneStateCount,
    made,
)
from kordant_pipelines.services.admin.jobs import JobView
from kordant_pipelines.services.admin.queue import QueueHealth
from kordant_pipelines.services.admin.runs import Heartbeat, RunResult
from kordant_pipelines.services.calendar.dead_letters import DeadLetter
from kordant_pipelines.services.calendar.schedules import ScheduleStatus


def shown_job(view: JobView) -> GrapheneJob:
    """A job."""
    standing = view.standing
    return made(
        GrapheneJob,
        id=view.id,
        job=view.job.value,
        subscription_id=view.subscription_id,
        tier=view.tier,
        reason=view.reason,
        slot=view.slot,
        status=standing.status,
        pending_why=standing.why,
        pending_until=standing.until,
        attempt=view.attempt,
        will_retry=standing.status is JobStatus.PENDING
        and view.attempt > 1
        and standing.why in {PendingWhy.RETRY, PendingWhy.ROOM},
        due_at=view.due_at,
        started_at=view.started_at,
        ended_at=view.ended_at,
        run_id=view.run_id,
        failure_kind=view.failure,
        cancelled=view.cancelled,
        failure=view.result.failure if view.result else None,
        attempts=[
            made(
                GrapheneJobAttempt,
                number=one.number,
                state=one.state,
                due_at=one.due_at,
                run_id=one.run_id,
                started_at=one.started_at,
                ended_at=one.ended_at,
                failure=one.failure,
            )
            for one in view.attempts
        ],
        progress=view.progress
        and made(
            GrapheneJobProgress,
            steps_succeeded=view.progress.steps_succeeded,
            steps_failed=view.progress.steps_failed,
            last_message=view.progress.last_message,
        ),
        result=view.result and _result(view.result),
        links=_links(view),
    )


def _result(result: RunResult) -> GrapheneJobResult:
    return made(
        GrapheneJobResult,
        counts=[
            made(GrapheneCount, name=name, value=value) for name, value in result.counts.items()
        ],
        notes=[made(GrapheneNote, name=name, value=value) for name, value in result.notes.items()],
    )


def _links(view: JobView) -> list[GrapheneLink]:
    links = [made(GrapheneLink, label="job", path=f"/locations/kordant/jobs/{view.job.value}")]
    if view.run_id is not None:
        links.insert(0, made(GrapheneLink, label="run", path=f"/runs/{view.run_id}"))
    return links


def shown_letter(letter: DeadLetter) -> GrapheneDeadLetter:
    """A dead letter."""
    return made(
        GrapheneDeadLetter,
        id=str(letter.id),
        job=letter.job.value,
        subscription_id=letter.subscription_id,
        tier=letter.tier,
        slot=letter.slot,
        failure_kind=letter.failure,
        attempts=letter.attempts,
        run_id=letter.run_id,
        failed_at=letter.failed_at,
    )


def shown_health(health: QueueHealth, beats: Sequence[Heartbeat]) -> GrapheneQueueHealth:
    """The queue's health; ages are in seconds at its moment."""

    def age(moment: datetime | None) -> float | None:
        return max(0.0, (health.at - moment).total_seconds()) if moment else None

    return made(
        GrapheneQueueHealth,
        at=health.at,
        waiting=health.waiting,
        in_flight=health.in_flight,
        oldest_seconds=age(health.oldest_due_at),
        dead_letters=health.dead_letters,
        outbox_pending=health.outbox_pending,
        outbox_oldest_seconds=age(health.outbox_oldest_at),
        queues=[
            made(
                GrapheneQueue,
                job=queue.job.value,
                tier=queue.tier,
                waiting=queue.waiting,
                oldest_seconds=age(queue.oldest_due_at),
                in_flight=queue.in_flight,
                retries=queue.retries,
            )
            for queue in health.queues
        ],
        heartbeats=[
            made(GrapheneHeartbeat, name=beat.name, age_seconds=age(beat.at)) for beat in beats
        ],
    )


def shown_schedule(status: ScheduleStatus) -> GrapheneKordantSchedule:
    """A schedule and its present period."""
    plan, period = status.plan, status.period
    return made(
        GrapheneKordantSchedule,
        job=plan.job.value,
        tier=plan.tier,
        cadence=plan.cadence.value,
        window=str(plan.window),
        enabled=plan.enabled,
        slot=period.slot,
        period_start=period.start,
        period_end=period.end,
        runs=[
            made(GrapheneStateCount, state=state, runs=runs)
            for state, runs in status.states.items()
        ],
    )
