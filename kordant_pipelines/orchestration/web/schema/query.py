"""The admin's queries, beside all of Dagster's."""

from datetime import datetime
from typing import Any

import graphene
from dagster_graphql.schema.roots.query import GrapheneQuery
from dagster_graphql.schema.util import non_null_list

from kordant_pipelines.domain.errors import RefusedInput
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.orchestration.web.schema.errors import (
    GrapheneInvalidRequestError,
    GrapheneUnknownJobError,
    error_of,
)
from kordant_pipelines.orchestration.web.schema.shown import (
    shown_health,
    shown_job,
    shown_letter,
    shown_schedule,
)
from kordant_pipelines.orchestration.web.schema.types import (
    GrapheneDeadLetters,
    GrapheneJob,
    GrapheneJobName,
    GrapheneJobPage,
    GrapheneJobStatus,
    GrapheneKordantSchedule,
    GrapheneQueueHealth,
    GrapheneTier,
    made,
)
from kordant_pipelines.services.admin.errors import WrongPage
from kordant_pipelines.services.admin.pages import LARGEST, JobFilter


class GrapheneJobStatusOrError(graphene.Union):
    """One job, or why not."""

    class Meta:
        name = "JobStatusOrError"
        types = (GrapheneJob, GrapheneUnknownJobError, GrapheneInvalidRequestError)


class GrapheneJobsOrError(graphene.Union):
    """A page of jobs, or why not."""

    class Meta:
        name = "JobsOrError"
        types = (GrapheneJobPage, GrapheneInvalidRequestError)


class GrapheneDeadLettersOrError(graphene.Union):
    """Dead letters, or why not."""

    class Meta:
        name = "DeadLettersOrError"
        types = (GrapheneDeadLetters, GrapheneInvalidRequestError)


class GrapheneJobsFilter(graphene.InputObjectType):
    """Which jobs are wanted: those that fit all that is given."""

    class Meta:
        name = "KordantJobsFilter"

    job = graphene.Field(GrapheneJobName)
    subscription_id = graphene.ID()
    tier = graphene.Field(GrapheneTier)
    status = graphene.Field(GrapheneJobStatus)
    since = graphene.DateTime(description="Due at this time or later; with a UTC offset.")
    until = graphene.DateTime(description="Due before this time; with a UTC offset.")


class KordantQuery(GrapheneQuery, name="Query"):
    """The root for all queries to retrieve data from the instance."""

    job_status = graphene.Field(
        graphene.NonNull(GrapheneJobStatusOrError),
        id=graphene.NonNull(graphene.ID, description="The job's id, or that of any of its runs."),
        description="One job with its attempts, progress or result.",
    )
    jobs = graphene.Field(
        graphene.NonNull(GrapheneJobsOrError),
        filter=graphene.Argument(GrapheneJobsFilter),
        first=graphene.Int(default_value=50, description=f"Of a page; 1 to {LARGEST}."),
        after=graphene.String(description="nextCursor of the page before."),
        description="Jobs by any filter, page by page, without their attempts and results.",
    )
    dead_letters = graphene.Field(
        graphene.NonNull(GrapheneDeadLettersOrError),
        job=graphene.Argument(GrapheneJobName),
        first=graphene.Int(
            default_value=100, description=f"At most, oldest first; 1 to {LARGEST}."
        ),
        description="Jobs that failed for good and that nothing has made up for since.",
    )
    queue_health = graphene.Field(
        graphene.NonNull(GrapheneQueueHealth),
        description="What waits, since when, what was given up, and which parts are alive.",
    )
    schedules = graphene.Field(
        non_null_list(GrapheneKordantSchedule),
        description="How each job of each tier runs, and what became of its present period.",
    )

    def resolve_job_status(self, info: Any, id: str) -> graphene.ObjectType:
        """One job."""
        context = info.context
        try:
            return shown_job(context.services.admin.jobs.status(id, context.record))
        except RefusedInput as refused:
            return error_of(refused)

    def resolve_jobs(
        self,
        info: Any,
        first: int,
        filter: dict[str, Any] | None = None,
        after: str | None = None,
    ) -> graphene.ObjectType:
        context = info.context
        try:
            page = context.services.admin.jobs.page(
                _filter(filter or {}), context.record, first=first, after=after
            )
        except RefusedInput as refused:
            return error_of(refused)
        return made(
            GrapheneJobPage,
            results=[shown_job(view) for view in page.jobs],
            next_cursor=page.next_cursor,
        )

    def resolve_dead_letters(self, info: Any, first: int, job: Any = None) -> graphene.ObjectType:
        if not 1 <= first <= LARGEST:
            return error_of(WrongPage(f"A page has 1 to {LARGEST} letters, not {first}."))
        letters = info.context.services.calendar.dead_letters.list(
            job=Job(job) if job else None, limit=first
        )
        return made(GrapheneDeadLetters, results=[shown_letter(letter) for letter in letters])

    def resolve_queue_health(self, info: Any) -> GrapheneQueueHealth:
        context = info.context
        services = context.services
        return shown_health(
            services.admin.queues.health(), services.monitoring.heartbeats.read(context.record)
        )

    def resolve_schedules(self, info: Any) -> list[GrapheneKordantSchedule]:
        return [shown_schedule(s) for s in info.context.services.calendar.schedules.statuses()]


def _filter(given: dict[str, Any]) -> JobFilter:
    return JobFilter(
        job=Job(given["job"]) if given.get("job") else None,
        subscription_id=given.get("subscription_id"),
        tier=given.get("tier"),
        status=given.get("status"),
        since=_aware(given, "since"),
        until=_aware(given, "until"),
    )


def _aware(given: dict[str, Any], name: str) -> datetime | None:
    moment: datetime | None = given.get(name)
    if moment is not None and moment.utcoffset() is None:
        raise WrongPage(f"{name} has no UTC offset; write it as 2026-11-24T12:00:00Z.")
    return moment
