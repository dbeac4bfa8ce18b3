"""The FCM client. FCM cannot be asked what it sent, and has no idempotency.

Facts: Firebase's reference of `projects.messages.send` and of `FcmError`.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from pydantic import BaseModel, TypeAdapter

from kordant_pipelines.domain.channels import SuppressionReason
from kordant_pipelines.providers.answers import error_of_status, parse_json, typed
from kordant_pipelines.providers.client import ProviderClient
from kordant_pipelines.providers.errors import ErrorCode, ProviderError
from kordant_pipelines.providers.fcm.account import AccessTokens
from kordant_pipelines.providers.limiter import ProviderLimiter, RateLimit
from kordant_pipelines.providers.reply import Reply
from kordant_pipelines.providers.sending import (
    Blocked,
    Found,
    Outcome,
    Refused,
    Sent,
    TryLater,
    Unknown,
    outcome_of,
)
from kordant_pipelines.providers.transport import DEFAULT_TIMEOUTS, ProviderHttp, Timeouts

PROVIDER: Final = "fcm"
FCM_LIMIT: Final = RateLimit(amount=600_000, seconds=60)
"""FCM's default quota of a project."""


class _Accepted(BaseModel):
    name: str


class _Detail(BaseModel):
    errorCode: str = ""  # noqa: N815 - Google's name


class _Error(BaseModel):
    status: str = ""
    details: list[_Detail] = []


class _Refusal(BaseModel):
    error: _Error


_ACCEPTED: Final = TypeAdapter(_Accepted)


class FcmSender(ProviderClient):
    """Sends by FCM. Open it inside the event loop that uses it.

    Args:
        base_url: `https://fcm.googleapis.com/v1`.
        project: the Firebase project.
        tokens: of the service account; kept between runs.
        limiter: open, for this project.
        timeouts: of each attempt.
    """

    provider = PROVIDER
    settles_in: timedelta | None = None
    replays_for = timedelta(0)

    def __init__(
        self,
        *,
        base_url: str,
        project: str,
        tokens: AccessTokens,
        limiter: ProviderLimiter,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
    ) -> None:
        self._project = project
        self._tokens = tokens
        self._timeouts = timeouts
        self._http = ProviderHttp(
            PROVIDER, base_url=base_url, key_header={}, limiter=limiter, timeouts=timeouts
        )

    async def send(self, payload: str, key: str, before: Callable[[], None]) -> Outcome:
        """See `Sender`."""
        del key
        try:
            token = await self._tokens.token(self._timeouts)
        except ProviderError as error:
            # Nothing was sent yet, so nothing is in doubt.
            outcome = outcome_of(error)
            blocked = isinstance(outcome, Blocked)
            return outcome if blocked else TryLater(outcome.reason)
        try:
            outcome = await self._http.post(
                "projects/{value}/messages:send",
                _taken,
                value=self._project,
                body=payload.encode("ascii"),
                headers={"content-type": "application/json", "authorization": f"Bearer {token}"},
                before=before,
            )
        except ProviderError as error:
            outcome = outcome_of(error)
        if outcome == Blocked(ErrorCode.BAD_KEY.value):
            self._tokens.forget()
        return outcome

    async def find(self, payload: str, since: datetime) -> Found:
        """See `Sender`: FCM does not tell."""
        del payload, since
        return Unknown("cannot_be_asked")


def _taken(reply: Reply) -> Outcome:
    if reply.status == 200:
        return Sent(typed(PROVIDER, parse_json(PROVIDER, reply.body), _ACCEPTED).name)
    match _code(reply):
        case "UNREGISTERED" | "SENDER_ID_MISMATCH" as code:
            return Refused(code.lower(), SuppressionReason.UNREACHABLE)
        case "INVALID_ARGUMENT" as code:
            return Refused(code.lower())
        case "THIRD_PARTY_AUTH_ERROR" | "PERMISSION_DENIED" as code:
            return Blocked(code.lower())
        case "UNAVAILABLE" | "INTERNAL" as code:
            return TryLater(code.lower(), reply.retry_after)  # documented: nothing was sent
        case _:
            raise error_of_status(PROVIDER, reply)


def _code(reply: Reply) -> str:
    """FCM's own error code, or Google's where FCM gives none."""
    try:
        error = _Refusal.model_validate_json(reply.body).error
    except ValueError:
        return ""
    codes = [detail.errorCode for detail in error.details if detail.errorCode]
    return codes[0] if codes else error.status
