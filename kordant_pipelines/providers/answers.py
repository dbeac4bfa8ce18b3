"""From a reply to a typed result: what any JSON provider's statuses and bodies mean."""

from typing import TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from kordant_pipelines.providers.errors import (
    ErrorCode,
    PermanentProviderError,
    ProviderError,
    RetryableProviderError,
    UnavailableProviderError,
)
from kordant_pipelines.providers.reply import Reply

T = TypeVar("T")

_PERMANENT = {
    401: ErrorCode.BAD_KEY,
    403: ErrorCode.FORBIDDEN,
}


def error_of_status(provider: str, reply: Reply) -> ProviderError:
    """The error that a status other than the expected one stands for.

    A 404 is here what it mostly is, a wrong base URL; so are redirects and successes that promise
    no body: none of them is an answer. An adapter whose provider means something else by a status
    looks at it first.
    """
    status, detail = reply.status, f"status {reply.status}"
    if status == 429:
        return RetryableProviderError(provider, detail=detail, retry_after=reply.retry_after)
    if status == 408:
        return UnavailableProviderError(provider, ErrorCode.TIMEOUT, detail)
    if status >= 500:
        return UnavailableProviderError(provider, ErrorCode.UNAVAILABLE, detail)
    if status >= 400 and status != 404:
        code = _PERMANENT.get(status, ErrorCode.BAD_REQUEST)
        return PermanentProviderError(provider, code, detail)
    return UnavailableProviderError(provider, ErrorCode.MALFORMED_RESPONSE, detail)


def parse_json(provider: str, body: bytes) -> object:
    """Decode a whole JSON document.

    Raises:
        UnavailableProviderError: `malformed_response`, the body is cut off or not JSON.
    """
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError:
        malformed = UnavailableProviderError(
            provider, ErrorCode.MALFORMED_RESPONSE, "the body is not a whole JSON document"
        )
    raise malformed


def typed(provider: str, value: object, shape: TypeAdapter[T]) -> T:
    """Validate decoded JSON.

    Raises:
        PermanentProviderError: `schema_drift`; the detail names fields and faults, never values.
    """
    try:
        return shape.validate_python(value)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        places = [f"{'.'.join(map(str, fault['loc']))} {fault['type']}" for fault in faults]
        more = f" and {len(places) - 3} more" if len(places) > 3 else ""
        drift = PermanentProviderError(
            provider, ErrorCode.SCHEMA_DRIFT, ", ".join(places[:3]) + more
        )
    raise drift
