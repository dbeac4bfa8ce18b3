"""What SODA's statuses mean, and its two error envelopes.

A refused query is 400 with `{message, errorCode, data}`, a missing data set 404 with `{code, error,
message}`. A column or data set that is gone is the portal's schema changed under us: no retry
brings it back.
"""

from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from kordant_pipelines.providers.answers import error_of_status, parse_json, typed
from kordant_pipelines.providers.errors import (
    ErrorCode,
    PermanentProviderError,
    ProviderError,
    UnavailableProviderError,
)
from kordant_pipelines.providers.reply import Reply

Row = dict[str, Any]
_ROWS: TypeAdapter[list[Row]] = TypeAdapter(list[dict[str, Any]])

_DRIFT = frozenset(
    {"query.soql.no-such-column", "query.soql.no-such-function", "query.soql.type-mismatch"}
)


class _Envelope(BaseModel):
    """Either of the two: `errorCode` in the one is `code` in the other."""

    errorCode: str = ""  # noqa: N815 - SODA's own name
    code: str = ""
    message: str = ""


def rows(provider: str, reply: Reply) -> list[Row]:
    """The rows of a 200.

    Raises:
        ProviderError: anything else; `unavailable` for a 202, which says to ask again later.
    """
    if reply.status == 202:
        raise UnavailableProviderError(
            provider, ErrorCode.UNAVAILABLE, "status 202, the result is not ready yet"
        )
    if reply.status in {400, 403, 404}:
        raise _refusal(provider, reply)
    if reply.status != 200:
        raise error_of_status(provider, reply)
    return typed(provider, parse_json(provider, reply.body), _ROWS)


def _refusal(provider: str, reply: Reply) -> ProviderError:
    envelope = _envelope(reply)
    if envelope is None:
        return error_of_status(provider, reply)
    code = envelope.errorCode or envelope.code
    if code in _DRIFT:
        return PermanentProviderError(provider, ErrorCode.SCHEMA_DRIFT, f"status 400, {code}")
    if reply.status == 404 and code == "dataset.missing":
        return PermanentProviderError(provider, ErrorCode.SCHEMA_DRIFT, f"status 404, {code}")
    if reply.status == 403 and "app_token" in envelope.message:
        return PermanentProviderError(provider, ErrorCode.BAD_KEY, "status 403, app token")
    return error_of_status(provider, reply)


def _envelope(reply: Reply) -> _Envelope | None:
    try:
        return _Envelope.model_validate_json(reply.body)
    except ValidationError:
        return None
