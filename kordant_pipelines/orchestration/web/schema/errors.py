"""Typed errors, as members of each field's union, under Dagster's own `Error` interface."""

import graphene
from dagster_graphql.schema.errors import GrapheneError, GrapheneUnauthorizedError

from kordant_pipelines.domain.errors import (
    InactiveSubscription,
    RefusedInput,
    UnknownSubscription,
)
from kordant_pipelines.orchestration.web.schema.types import made
from kordant_pipelines.services.admin.errors import (
    IdempotencyConflict,
    JobNotInTier,
    NotCancellable,
    NotRetryable,
    UnknownJob,
    WrongPage,
    WrongPayload,
)


class GrapheneUnknownSubscriptionError(graphene.ObjectType):
    """No subscription has this id. Nothing was queued."""

    class Meta:
        name = "UnknownSubscriptionError"
        interfaces = (GrapheneError,)


class GrapheneInactiveSubscriptionError(graphene.ObjectType):
    """The subscription is paused or cancelled: nothing runs for it. Nothing was queued."""

    class Meta:
        name = "InactiveSubscriptionError"
        interfaces = (GrapheneError,)


class GrapheneJobNotInTierError(graphene.ObjectType):
    """The subscription's tier does not have the job; `force` runs it all the same."""

    class Meta:
        name = "JobNotInTierError"
        interfaces = (GrapheneError,)


class GrapheneInvalidPayloadError(graphene.ObjectType):
    """The job does not take this payload. Nothing was queued."""

    class Meta:
        name = "InvalidPayloadError"
        interfaces = (GrapheneError,)


class GrapheneUnknownJobError(graphene.ObjectType):
    """No job has this id, nor a run with it."""

    class Meta:
        name = "UnknownJobError"
        interfaces = (GrapheneError,)


class GrapheneJobNotCancellableError(graphene.ObjectType):
    """The job is over, or on its way to or from a worker this moment."""

    class Meta:
        name = "JobNotCancellableError"
        interfaces = (GrapheneError,)


class GrapheneJobNotRetryableError(graphene.ObjectType):
    """The job did not fail."""

    class Meta:
        name = "JobNotRetryableError"
        interfaces = (GrapheneError,)


class GrapheneIdempotencyConflictError(graphene.ObjectType):
    """The idempotency key was used for another request."""

    class Meta:
        name = "IdempotencyConflictError"
        interfaces = (GrapheneError,)


class GrapheneInvalidRequestError(graphene.ObjectType):
    """An argument is not what it should be; the message says which and what to do."""

    class Meta:
        name = "InvalidRequestError"
        interfaces = (GrapheneError,)


Unauthorized = GrapheneUnauthorizedError

_TYPES: dict[type[RefusedInput], type[graphene.ObjectType]] = {
    UnknownSubscription: GrapheneUnknownSubscriptionError,
    InactiveSubscription: GrapheneInactiveSubscriptionError,
    JobNotInTier: GrapheneJobNotInTierError,
    WrongPayload: GrapheneInvalidPayloadError,
    UnknownJob: GrapheneUnknownJobError,
    NotCancellable: GrapheneJobNotCancellableError,
    NotRetryable: GrapheneJobNotRetryableError,
    IdempotencyConflict: GrapheneIdempotencyConflictError,
    WrongPage: GrapheneInvalidRequestError,
}


def error_of(refused: RefusedInput) -> graphene.ObjectType:
    """The typed error that tells of a refusal."""
    kind = _TYPES.get(type(refused), GrapheneInvalidRequestError)
    return made(kind, message=str(refused))
