"""The admin's mutations, beside all of Dagster's."""

import asyncio
from collections.abc import Callable
from typing import Any

import graphene
from dagster_graphql.schema.roots.mutation import GrapheneMutation

from kordant_pipelines.domain.errors import RefusedInput
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.orchestration.web.schema import errors
from kordant_pipelines.orchestration.web.schema.payload import checked_payload
from kordant_pipelines.orchestration.web.schema.shown import shown_job
from kordant_pipelines.orchestration.web.schema.types import GrapheneJob, GrapheneJobName, made

_KEY = graphene.String(
    description="Anything of your own, up to 100 characters: the same request with the same key "
    "is done once, and answered alike each time."
)


class GrapheneRunJobNowSuccess(graphene.ObjectType):
    """The job was queued, or had been by an earlier request with the same key."""

    class Meta:
        name = "RunJobNowSuccess"

    job = graphene.Field(graphene.NonNull(GrapheneJob))
    repeated = graphene.NonNull(graphene.Boolean)


class GrapheneRunJobNowResult(graphene.Union):
    """The queued job, or why nothing was queued."""

    class Meta:
        name = "RunJobNowResult"
        types = (
            GrapheneRunJobNowSuccess,
            errors.GrapheneUnknownSubscriptionError,
            errors.GrapheneInactiveSubscriptionError,
            errors.GrapheneJobNotInTierError,
            errors.GrapheneInvalidPayloadError,
            errors.GrapheneIdempotencyConflictError,
            errors.GrapheneInvalidRequestError,
            errors.Unauthorized,
        )


class GrapheneCancelJobSuccess(graphene.ObjectType):
    """The job is cancelled, or will be as soon as its worker has let go of it."""

    class Meta:
        name = "CancelJobSuccess"

    job = graphene.Field(graphene.NonNull(GrapheneJob))


class GrapheneCancelJobResult(graphene.Union):
    """The cancelled job, or why nothing was done."""

    class Meta:
        name = "CancelJobResult"
        types = (
            GrapheneCancelJobSuccess,
            errors.GrapheneUnknownJobError,
            errors.GrapheneJobNotCancellableError,
            errors.GrapheneInvalidRequestError,
            errors.Unauthorized,
        )


class GrapheneRetryJobResult(graphene.Union):
    """The new job, or why nothing was queued."""

    class Meta:
        name = "RetryJobResult"
        types = (
            GrapheneRunJobNowSuccess,
            errors.GrapheneUnknownJobError,
            errors.GrapheneJobNotRetryableError,
            errors.GrapheneInactiveSubscriptionError,
            errors.GrapheneIdempotencyConflictError,
            errors.GrapheneInvalidRequestError,
            errors.Unauthorized,
        )


class GrapheneReplayDeadLettersSuccess(graphene.ObjectType):
    """So many dead letters are run anew."""

    class Meta:
        name = "ReplayDeadLettersSuccess"

    replayed = graphene.NonNull(graphene.Int)


class GrapheneReplayDeadLettersResult(graphene.Union):
    """How many were replayed, or why none was."""

    class Meta:
        name = "ReplayDeadLettersResult"
        types = (
            GrapheneReplayDeadLettersSuccess,
            errors.GrapheneIdempotencyConflictError,
            errors.GrapheneInvalidRequestError,
            errors.Unauthorized,
        )


async def _answered(info: Any, act: Callable[[], graphene.ObjectType]) -> graphene.ObjectType:
    """What `act` returns, in a thread; a refusal as its typed error, a viewer's as Unauthorized."""
    if not info.context.identity.may_change:
        return made(errors.Unauthorized, message="Only operators change anything.")
    try:
        return await asyncio.to_thread(act)
    except RefusedInput as refused:
        return errors.error_of(refused)


def _job(info: Any, job_id: int) -> GrapheneJob:
    context = info.context
    return shown_job(context.services.admin.jobs.status(str(job_id), context.record))


class RunJobNow(graphene.Mutation):
    """Run a job for an active subscription now, with all its retries.

    It goes ahead of what the tiers are owed. Nothing is queued unless the answer is a
    RunJobNowSuccess; its job's id is what `jobStatus` takes.
    """

    Output = graphene.NonNull(GrapheneRunJobNowResult)

    class Arguments:
        """What to run, and for whom."""

        job = graphene.Argument(graphene.NonNull(GrapheneJobName))
        subscription_id = graphene.NonNull(graphene.ID)
        payload = graphene.String(
            description="A JSON object of the job's own options: ids and choices, no personal data."
        )
        force = graphene.Boolean(
            default_value=False, description="Even if the subscription's tier lacks the job."
        )
        idempotency_key = _KEY

    async def mutate(
        self,
        info: Any,
        job: Any,
        subscription_id: str,
        *,
        force: bool,
        payload: Any = None,
        idempotency_key: str | None = None,
    ) -> graphene.ObjectType:
        def act() -> graphene.ObjectType:
            done = info.context.services.admin.requests.run_now(
                Job(job),
                subscription_id,
                actor=info.context.identity.name,
                payload=checked_payload(Job(job), payload),
                force=force,
                key=idempotency_key,
            )
            return made(
                GrapheneRunJobNowSuccess, job=_job(info, done.job_ids[0]), repeated=done.repeated
            )

        return await _answered(info, act)


class CancelJob(graphene.Mutation):
    """Cancel a job: it stops if it runs, and is not tried again. Repeating it changes nothing."""

    Output = graphene.NonNull(GrapheneCancelJobResult)

    class Arguments:
        """Which job."""

        id = graphene.NonNull(graphene.ID)

    async def mutate(self, info: Any, id: str) -> graphene.ObjectType:
        def act() -> graphene.ObjectType:
            context = info.context
            job_id = context.services.admin.requests.cancel(id, context.record)
            return made(GrapheneCancelJobSuccess, job=_job(info, job_id))

        return await _answered(info, act)


class RetryJob(graphene.Mutation):
    """Run a failed or cancelled job anew, as a job of its own; or a waiting retry now.

    A failed job is run anew once, however often it is asked for.
    """

    Output = graphene.NonNull(GrapheneRetryJobResult)

    class Arguments:
        """Which job."""

        id = graphene.NonNull(graphene.ID)
        idempotency_key = _KEY

    async def mutate(
        self,
        info: Any,
        id: str,
        idempotency_key: str | None = None,
    ) -> graphene.ObjectType:
        def act() -> graphene.ObjectType:
            context = info.context
            done = context.services.admin.requests.retry(
                id, context.record, actor=context.identity.name, key=idempotency_key
            )
            return made(
                GrapheneRunJobNowSuccess, job=_job(info, done.job_ids[0]), repeated=done.repeated
            )

        return await _answered(info, act)


class ReplayDeadLetters(graphene.Mutation):
    """Run dead letters anew, with all their retries: those named, or all that are open.

    If one of those named is not an open dead letter, none is replayed.
    """

    Output = graphene.NonNull(GrapheneReplayDeadLettersResult)

    class Arguments:
        """Which letters."""

        ids = graphene.List(graphene.NonNull(graphene.ID), description="As deadLetters shows them.")
        all = graphene.Boolean(default_value=False, description="Instead of ids.")
        job = graphene.Argument(GrapheneJobName, description="With all: only those of this job.")
        idempotency_key = _KEY

    async def mutate(
        self,
        info: Any,
        *,
        all: bool,
        ids: list[str] | None = None,
        job: Any = None,
        idempotency_key: str | None = None,
    ) -> graphene.ObjectType:
        def act() -> graphene.ObjectType:
            services = info.context.services
            if all == bool(ids):
                raise RefusedInput("Name the dead letters to replay, or say all, one of the two.")
            wanted = ids or [
                letter.id
                for letter in services.calendar.dead_letters.list(
                    job=Job(job) if job else None, limit=None
                )
            ]
            replayed = services.admin.requests.replay(
                [_number(one) for one in wanted],
                actor=info.context.identity.name,
                key=idempotency_key,
            )
            return made(GrapheneReplayDeadLettersSuccess, replayed=replayed)

        return await _answered(info, act)


def _number(text: str | int) -> int:
    told = str(text)
    if not (told.isascii() and told.isdigit() and len(told) <= 18):
        raise RefusedInput(f"{told!r} is not the id of a dead letter.")
    return int(told)


class KordantMutation(GrapheneMutation, name="Mutation"):
    """The root for all mutations to modify data in the instance."""

    run_job_now = RunJobNow.Field()
    cancel_job = CancelJob.Field()
    retry_job = RetryJob.Field()
    replay_dead_letters = ReplayDeadLetters.Field()
