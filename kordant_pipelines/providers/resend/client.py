"""The Resend client: sends, and asks what was sent.

Facts: Resend's documents on idempotency keys (24 h, 256 characters), errors and `GET /emails`.
"""

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, TypeVar

from pydantic import AwareDatetime, BaseModel, TypeAdapter

from kordant_pipelines.providers.answers import error_of_status, parse_json, typed
from kordant_pipelines.providers.client import ProviderClient
from kordant_pipelines.providers.errors import ProviderError
from kordant_pipelines.providers.limiter import ProviderLimiter, RateLimit
from kordant_pipelines.providers.reply import Reply
from kordant_pipelines.providers.retrying import DEFAULT_RETRIES, RetryBudget
from kordant_pipelines.providers.sending import (
    Absent,
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

T = TypeVar("T")

PROVIDER: Final = "resend"
RESEND_LIMIT: Final = RateLimit(amount=2, seconds=1)
"""Resend's default for a team."""

_PAGE: Final = 100
_PAGES: Final = 50
_SLACK: Final = timedelta(minutes=5)
"""By how much Resend's clock and ours may differ."""


class _Accepted(BaseModel):
    id: str


class _Refusal(BaseModel):
    name: str = ""


class _Listed(BaseModel):
    id: str
    to: list[str]
    subject: str
    created_at: AwareDatetime


class _Page(BaseModel):
    has_more: bool = False
    data: list[_Listed]


class _Whole(BaseModel):
    text: str | None = None


_ACCEPTED: Final = TypeAdapter(_Accepted)
_PAGE_OF: Final = TypeAdapter(_Page)
_WHOLE: Final = TypeAdapter(_Whole)

_LATER: Final = frozenset(
    {
        "concurrent_idempotent_requests",
        "rate_limit_exceeded",
        "application_error",
        "internal_server_error",
    }
)
_USED_UP: Final = frozenset({"daily_quota_exceeded", "monthly_quota_exceeded"})
_OURS_TO_MEND: Final = frozenset(
    {"missing_api_key", "invalid_api_key", "restricted_api_key", "invalid_from_address"}
)


class ResendSender(ProviderClient):
    """Sends by Resend. Open it inside the event loop that uses it.

    Args:
        base_url: `https://api.resend.com`.
        api_key: printable ASCII without spaces.
        limiter: open, for this key.
        timeouts: of each attempt.
        retries: of questions; a mail is sent once.
    """

    provider = PROVIDER
    settles_in: timedelta | None = timedelta(minutes=2)
    replays_for = timedelta(hours=23)

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        limiter: ProviderLimiter,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        retries: RetryBudget = DEFAULT_RETRIES,
    ) -> None:
        self._http = ProviderHttp(
            PROVIDER,
            base_url=base_url,
            key_header={"authorization": f"Bearer {api_key}"},
            limiter=limiter,
            timeouts=timeouts,
            retries=retries,
        )

    async def send(self, payload: str, key: str, before: Callable[[], None]) -> Outcome:
        """See `Sender`. The key makes sending the same payload again harmless for 24 hours."""
        headers = {"content-type": "application/json", "idempotency-key": key}
        try:
            return await self._http.post(
                "emails", _taken, body=payload.encode("ascii"), headers=headers, before=before
            )
        except ProviderError as error:
            return outcome_of(error)

    async def find(self, payload: str, since: datetime) -> Found:
        """See `Sender`. The list has no tags, so a candidate's text is compared with ours."""
        ours = json.loads(payload)
        try:
            return await self._find(ours["to"], ours["subject"], ours["text"], since - _SLACK)
        except ProviderError as error:
            outcome = outcome_of(error)
            return outcome if isinstance(outcome, Blocked) else Unknown(outcome.reason)

    async def _find(self, to: list[str], subject: str, text: str, since: datetime) -> Found:
        params = {"limit": str(_PAGE)}
        for _ in range(_PAGES):
            page = await self._http.get("emails", _reader(_PAGE_OF), params=params)
            for mail in page.data:
                if mail.created_at < since:
                    return Absent()
                if mail.to == to and mail.subject == subject and await self._says(mail.id, text):
                    return Sent(mail.id)
            if not page.has_more or not page.data:
                return Absent()
            params = {"limit": str(_PAGE), "after": page.data[-1].id}
        return Unknown("list_too_long")

    async def _says(self, mail_id: str, text: str) -> bool:
        whole = await self._http.get("emails/{value}", _reader(_WHOLE), value=mail_id)
        return (whole.text or "").split() == text.split()


def _reader(shape: TypeAdapter[T]) -> Callable[[Reply], T]:
    def read(reply: Reply) -> T:
        if reply.status != 200:
            raise error_of_status(PROVIDER, reply)
        return typed(PROVIDER, parse_json(PROVIDER, reply.body), shape)

    return read


def _taken(reply: Reply) -> Outcome:
    if reply.status in {200, 201}:
        return Sent(typed(PROVIDER, parse_json(PROVIDER, reply.body), _ACCEPTED).id)
    name = _name(reply)
    if name in _USED_UP:
        return TryLater(name, 3600.0)
    if reply.status == 429 or not name:
        raise error_of_status(PROVIDER, reply)  # a 429's pause is told to all workers
    if name in _LATER:
        return TryLater(name, reply.retry_after)
    if name in _OURS_TO_MEND or reply.status in {401, 403}:
        return Blocked(name)
    return Refused(name)


def _name(reply: Reply) -> str:
    """Resend's name for what is wrong; none if the answer is not Resend's own."""
    try:
        name = _Refusal.model_validate_json(reply.body).name
    except ValueError:
        return ""
    return name if re.fullmatch(r"[a-z_]{1,64}", name) else ""
