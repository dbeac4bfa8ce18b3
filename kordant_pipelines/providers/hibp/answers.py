"""What HIBP's statuses mean, and above all when a 404 may be read as "not found"."""

from typing import TypeVar

from pydantic import TypeAdapter

from kordant_pipelines.providers.answers import error_of_status, parse_json, typed
from kordant_pipelines.providers.errors import ErrorCode, UnavailableProviderError
from kordant_pipelines.providers.reply import Reply

PROVIDER = "hibp"

T = TypeVar("T")


def found(reply: Reply, shape: TypeAdapter[T]) -> T:
    """The typed body of a 200.

    Raises:
        ProviderError: any other status, or a body that is not the documented one.
    """
    if reply.status != 200:
        raise error_of_status(PROVIDER, reply)
    return typed(PROVIDER, parse_json(PROVIDER, reply.body), shape)


def found_or_none(reply: Reply, shape: TypeAdapter[T]) -> T | None:
    """As `found`; None for a 404 in the form HIBP gives it: an empty body or its error JSON.

    The form alone proves little, since other servers send such 404s for a path they do not know.
    The caller must also know that the base URL is HIBP's (`proof`).

    Raises:
        ProviderError: as `found`; `malformed_response` for a 404 with any other body.
    """
    if reply.status != 404:
        return found(reply, shape)
    # An empty body whose end is not marked may be the start of any page, cut off.
    if not reply.body and reply.delimited:
        return None
    match parse_json(PROVIDER, reply.body):
        case {"statusCode": 404, "message": str()}:
            return None
        case _:
            raise UnavailableProviderError(
                PROVIDER, ErrorCode.MALFORMED_RESPONSE, "a 404 that is not HIBP's"
            )
