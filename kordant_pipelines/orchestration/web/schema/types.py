"""What the admin is shown: a job and its attempts, a page of jobs, dead letters, the queue."""

from enum import StrEnum
from typing import Any

import graphene
from dagster_graphql.schema.util import non_null_list

from kordant_pipelines.domain.calendar.owed import Failure, Reason, State
from kordant_pipelines.domain.job_status import JobStatus, PendingWhy
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier


def _enum(kind: type[StrEnum], name: str, description: str) -> Any:
    """A domain enum by its members' names; resolvers give and take the members themselves."""
    meta = type("Meta", (), {"enum": kind, "name": name, "description": description})
    return type(name, (graphene.Enum,), {"Meta": meta})


def made(kind: Any, **fields: object) -> Any:
    """An object of one of these types: graphene's constructors tell nobody what they take."""
    return kind(**fields)


# As Dagster names them, which is how people know them.
_names: Any = StrEnum("_names", {job.value: job.value for job in Job})
GrapheneJobName = _enum(_names, "JobName", "The jobs that run for a subscription.")
GrapheneTier = _enum(Tier, "Tier", "What a subscription bought.")
GrapheneJobStatus = _enum(
    JobStatus, "JobStatus", "Where a job stands, all its attempts taken together."
)
GraphenePendingWhy = _enum(
    PendingWhy,
    "PendingWhy",
    "TIME: due later. RETRY: failed, and tried again later. ROOM: due, behind others. LAUNCH: being"
    " launched. WORKER: launched, no worker has begun.",
)
GrapheneOwedReason = _enum(Reason, "OwedReason", "Why a job is run.")
GrapheneAttemptState = _enum(State, "AttemptState", "What became of one attempt.")
GrapheneFailureKind = _enum(
    Failure, "FailureKind", "PERMANENT: trying again cannot help. EXHAUSTED: every retry failed."
)


class GrapheneCount(graphene.ObjectType):
    """A number that a job tells of its work."""

    class Meta:
        name = "JobCount"

    name = graphene.NonNull(graphene.String)
    value = graphene.NonNull(graphene.Int)


class GrapheneNote(graphene.ObjectType):
    """A sentence that a job tells of its work."""

    class Meta:
        name = "JobNote"

    name = graphene.NonNull(graphene.String)
    value = graphene.NonNull(graphene.String)


class GrapheneLink(graphene.ObjectType):
    """Where to look further, relative to this server."""

    class Meta:
        name = "JobLink"

    label = graphene.NonNull(graphene.String)
    path = graphene.NonNull(graphene.String)


class GrapheneJobResult(graphene.ObjectType):
    """What an ended job tells of its work: ids, counts and reasons, no personal data."""

    class Meta:
        name = "JobResult"

    counts = non_null_list(GrapheneCount)
    notes = non_null_list(GrapheneNote)


class GrapheneJobProgress(graphene.ObjectType):
    """How far a running job is."""

    class Meta:
        name = "JobProgress"

    steps_succeeded = graphene.NonNull(graphene.Int)
    steps_failed = graphene.NonNull(graphene.Int)
    last_message = graphene.String(description="The newest line of its run's log.")


class GrapheneJobAttempt(graphene.ObjectType):
    """One try of a job. `runId` finds its run in Dagster, once it was launched."""

    class Meta:
        name = "JobAttempt"

    number = graphene.NonNull(graphene.Int)
    state = graphene.Field(graphene.NonNull(GrapheneAttemptState))
    due_at = graphene.NonNull(graphene.DateTime)
    run_id = graphene.String()
    started_at = graphene.DateTime()
    ended_at = graphene.DateTime()
    failure = graphene.String(description="Why it failed, in the run's own words.")


class GrapheneJob(graphene.ObjectType):
    """A job: a run that was asked for or owed, and all its attempts, under one status."""

    class Meta:
        name = "KordantJob"

    id = graphene.NonNull(graphene.ID)
    job = graphene.Field(graphene.NonNull(GrapheneJobName))
    subscription_id = graphene.NonNull(graphene.ID)
    tier = graphene.Field(graphene.NonNull(GrapheneTier))
    reason = graphene.Field(graphene.NonNull(GrapheneOwedReason))
    slot = graphene.NonNull(
        graphene.String, description="The period or event it belongs to, such as 2026-W48."
    )
    status = graphene.Field(graphene.NonNull(GrapheneJobStatus))
    pending_why = graphene.Field(GraphenePendingWhy, description="Of a pending job.")
    pending_until = graphene.DateTime(description="When a pending job is due, if that is known.")
    attempt = graphene.NonNull(graphene.Int, description="The present attempt, from 1.")
    will_retry = graphene.NonNull(
        graphene.Boolean, description="Whether it failed and is tried again at pendingUntil."
    )
    due_at = graphene.NonNull(graphene.DateTime)
    started_at = graphene.DateTime()
    ended_at = graphene.DateTime()
    run_id = graphene.ID(description="The run of the present attempt, once it was launched.")
    failure_kind = graphene.Field(GrapheneFailureKind, description="Of a job that failed for good.")
    cancelled = graphene.NonNull(
        graphene.Boolean, description="Whether it failed by being cancelled."
    )
    failure = graphene.String(description="Why it failed, in its last run's own words.")
    attempts = non_null_list(GrapheneJobAttempt)
    progress = graphene.Field(GrapheneJobProgress, description="Of a running job.")
    result = graphene.Field(GrapheneJobResult, description="Of a job that has ended.")
    links = non_null_list(GrapheneLink)


class GrapheneJobPage(graphene.ObjectType):
    """A page of jobs, the one that was last owed an attempt first."""

    class Meta:
        name = "KordantJobs"

    results = non_null_list(GrapheneJob)
    next_cursor = graphene.String(description="Goes into `after`; null on the last page.")


class GrapheneDeadLetter(graphene.ObjectType):
    """A job that failed for good and that nothing has made up for since."""

    class Meta:
        name = "DeadLetter"

    id = graphene.NonNull(graphene.ID)
    job = graphene.Field(graphene.NonNull(GrapheneJobName))
    subscription_id = graphene.NonNull(graphene.ID)
    tier = graphene.Field(graphene.NonNull(GrapheneTier))
    slot = graphene.NonNull(graphene.String)
    failure_kind = graphene.Field(graphene.NonNull(GrapheneFailureKind))
    attempts = graphene.NonNull(graphene.Int)
    run_id = graphene.NonNull(graphene.ID)
    failed_at = graphene.NonNull(graphene.DateTime)


class GrapheneDeadLetters(graphene.ObjectType):
    """The oldest dead letters that are open."""

    class Meta:
        name = "DeadLetters"

    results = non_null_list(GrapheneDeadLetter)


class GrapheneQueue(graphene.ObjectType):
    """What waits of a job and tier."""

    class Meta:
        name = "JobQueue"

    job = graphene.Field(graphene.NonNull(GrapheneJobName))
    tier = graphene.Field(graphene.NonNull(GrapheneTier))
    waiting = graphene.NonNull(graphene.Int, description="Due, and not handed out yet.")
    oldest_seconds = graphene.Float(description="For how long the oldest of those has been due.")
    in_flight = graphene.NonNull(graphene.Int, description="Handed out, and not ended.")
    retries = graphene.NonNull(graphene.Int, description="Failed, and tried again later.")


class GrapheneHeartbeat(graphene.ObjectType):
    """A part of the system and when it was last heard of."""

    class Meta:
        name = "Heartbeat"

    name = graphene.NonNull(graphene.String)
    age_seconds = graphene.NonNull(graphene.Float)


class GrapheneQueueHealth(graphene.ObjectType):
    """The whole queue, and what is beside it."""

    class Meta:
        name = "QueueHealth"

    at = graphene.NonNull(graphene.DateTime)
    waiting = graphene.NonNull(graphene.Int)
    in_flight = graphene.NonNull(graphene.Int)
    oldest_seconds = graphene.Float()
    dead_letters = graphene.NonNull(graphene.Int)
    outbox_pending = graphene.NonNull(graphene.Int)
    outbox_oldest_seconds = graphene.Float()
    queues = non_null_list(GrapheneQueue)
    heartbeats = non_null_list(GrapheneHeartbeat)


class GrapheneStateCount(graphene.ObjectType):
    """How many of a period's runs are in a state."""

    class Meta:
        name = "AttemptStateCount"

    state = graphene.Field(graphene.NonNull(GrapheneAttemptState))
    runs = graphene.NonNull(graphene.Int)


class GrapheneKordantSchedule(graphene.ObjectType):
    """How a job of a tier runs, and what became of its present period."""

    class Meta:
        name = "KordantSchedule"

    job = graphene.Field(graphene.NonNull(GrapheneJobName))
    tier = graphene.Field(graphene.NonNull(GrapheneTier))
    cadence = graphene.NonNull(graphene.String)
    window = graphene.NonNull(graphene.String, description="The part of the day, in UTC.")
    enabled = graphene.NonNull(graphene.Boolean)
    slot = graphene.NonNull(graphene.String)
    period_start = graphene.NonNull(graphene.DateTime)
    period_end = graphene.NonNull(graphene.DateTime)
    runs = non_null_list(GrapheneStateCount)
