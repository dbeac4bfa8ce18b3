"""What LeakCheck's statuses mean, and its `success: false`, which may come with any of them."""

from typing import Final

from pydantic import BaseModel, StrictBool, TypeAdapter

from kordant_pipelines.providers.answers import error_of_status, parse_json, typed
from kordant_pipelines.providers.errors import (
    ErrorCode,
    PermanentProviderError,
    ProviderError,
    RetryableProviderError,
    UnavailableProviderError,
)
from kordant_pipelines.providers.leakcheck.models import LeakCheckPage
from kordant_pipelines.providers.reply import Reply

PROVIDER: Final = "leakcheck"


class _Verdict(BaseModel):
    success: StrictBool
    error: str | None = None


_VERDICT: Final = TypeAdapter(_Verdict)
_PAGE: Final = TypeAdapter(LeakCheckPage)

# By a part of LeakCheck's documented error texts; the texts themselves are not passed on.
_REFUSALS: Final = {
    "api-key": ErrorCode.BAD_KEY,
    "plan required": ErrorCode.FORBIDDEN,
    "limit reached": ErrorCode.FORBIDDEN,
    "invalid": ErrorCode.BAD_REQUEST,
    "too short": ErrorCode.BAD_REQUEST,
    "search type": ErrorCode.BAD_REQUEST,
}


def page(reply: Reply) -> LeakCheckPage:
    """The typed body of a 200 that says it succeeded.

    Raises:
        ProviderError: anything else.
    """
    if reply.status not in {200, 400}:
        raise error_of_status(PROVIDER, reply)
    body = parse_json(PROVIDER, reply.body)
    verdict = typed(PROVIDER, body, _VERDICT)
    if reply.status == 400 or not verdict.success:
        raise _refusal(reply, (verdict.error or "").lower())
    return _consistent(typed(PROVIDER, body, _PAGE))


def _refusal(reply: Reply, text: str) -> ProviderError:
    detail = f"status {reply.status}, success is false"
    if "too many requests" in text:
        return RetryableProviderError(PROVIDER, detail=detail, retry_after=reply.retry_after)
    for part, code in _REFUSALS.items():
        if part in text:
            return PermanentProviderError(PROVIDER, code, f"{detail}: {part}")
    if reply.status == 400:
        return PermanentProviderError(PROVIDER, ErrorCode.BAD_REQUEST, detail)
    return UnavailableProviderError(PROVIDER, ErrorCode.UNAVAILABLE, detail)


def _consistent(answer: LeakCheckPage) -> LeakCheckPage:
    if answer.found < 0 or (answer.found == 0 and answer.result):
        raise PermanentProviderError(
            PROVIDER, ErrorCode.SCHEMA_DRIFT, "found contradicts the rows that came"
        )
    return answer
