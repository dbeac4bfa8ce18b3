"""The Twilio client: sends, and asks what was sent.

Twilio has no idempotency for messages: what may have been taken is looked for in its list. Facts:
Twilio's documents on the Message resource and on error codes.
"""

import base64
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Annotated, Final, TypeVar
from urllib.parse import parse_qsl, urlsplit

from pydantic import AwareDatetime, BaseModel, BeforeValidator, TypeAdapter

from kordant_pipelines.domain.channels import SuppressionReason
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
from kordant_pipelines.providers.twilio.message import addressed

T = TypeVar("T")

PROVIDER: Final = "twilio"
TWILIO_LIMIT: Final = RateLimit(amount=20, seconds=1)
"""Ours: Twilio queues what a number may not send yet, but answers 429 to too many calls at once."""

SUPPRESSING: Final = {
    21610: SuppressionReason.UNSUBSCRIBED,  # answered STOP
    21211: SuppressionReason.UNREACHABLE,  # no valid number
    21614: SuppressionReason.UNREACHABLE,  # not a mobile number
    30005: SuppressionReason.UNREACHABLE,  # unknown handset
    30006: SuppressionReason.UNREACHABLE,  # landline or unreachable carrier
}
"""Codes that hold for the number, whatever is sent to it."""

_BLOCKED: Final = frozenset({20003, 20005, 20404, 21606, 21603, 21659, 21660, 63038})
"""Codes that an operator must mend: account, credentials, sender, daily limit."""
_LATER: Final = frozenset({20429, 21611, 14107})
_PAGES: Final = 20
_SLACK: Final = timedelta(minutes=5)


class _Message(BaseModel):
    sid: str


class _Refusal(BaseModel):
    code: int


def _rfc_2822(raw: object) -> object:
    return parsedate_to_datetime(raw) if isinstance(raw, str) else raw


class _Listed(BaseModel):
    sid: str
    body: str
    direction: str = "outbound-api"
    date_created: Annotated[AwareDatetime, BeforeValidator(_rfc_2822)]


class _Page(BaseModel):
    messages: list[_Listed]
    next_page_uri: str | None = None


_MESSAGE: Final = TypeAdapter(_Message)
_PAGE: Final = TypeAdapter(_Page)


class TwilioSender(ProviderClient):
    """Sends by Twilio. Open it inside the event loop that uses it.

    Args:
        base_url: `https://api.twilio.com/2010-04-01`.
        account_sid: "AC…".
        auth_token: of that account.
        limiter: open, for this account.
        timeouts: of each attempt.
        retries: of questions; a message is sent once.
    """

    provider = PROVIDER
    settles_in: timedelta | None = timedelta(minutes=2)
    replays_for = timedelta(0)

    def __init__(
        self,
        *,
        base_url: str,
        account_sid: str,
        auth_token: str,
        limiter: ProviderLimiter,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        retries: RetryBudget = DEFAULT_RETRIES,
    ) -> None:
        self._account = account_sid
        credentials = base64.b64encode(f"{account_sid}:{auth_token}".encode()).decode()
        self._http = ProviderHttp(
            PROVIDER,
            base_url=base_url,
            key_header={"authorization": f"Basic {credentials}"},
            limiter=limiter,
            timeouts=timeouts,
            retries=retries,
        )

    async def send(self, payload: str, key: str, before: Callable[[], None]) -> Outcome:
        """See `Sender`."""
        del key
        try:
            return await self._http.post(
                "Accounts/{value}/Messages.json",
                _taken,
                value=self._account,
                body=payload.encode("ascii"),
                headers={"content-type": "application/x-www-form-urlencoded"},
                before=before,
            )
        except ProviderError as error:
            return outcome_of(error)

    async def find(self, payload: str, since: datetime) -> Found:
        """See `Sender`. A message's text ends in its own reference, so it tells which it is.

        The list is not narrowed by the day of sending: what Twilio still queues has none.
        """
        to, text = addressed(payload)
        params = {"To": to, "PageSize": "100"}
        try:
            for _ in range(_PAGES):
                page = await self._http.get(
                    "Accounts/{value}/Messages.json", _page, value=self._account, params=params
                )
                for message in page.messages:
                    if message.date_created < since - _SLACK:
                        return Absent()
                    # "In": a trial account's messages begin with words of Twilio's.
                    if text in message.body and message.direction.startswith("outbound"):
                        return Sent(message.sid)
                if not page.next_page_uri:
                    return Absent()
                params = dict(parse_qsl(urlsplit(page.next_page_uri).query))
        except ProviderError as error:
            outcome = outcome_of(error)
            return outcome if isinstance(outcome, Blocked) else Unknown(outcome.reason)
        return Unknown("list_too_long")


def _page(reply: Reply) -> _Page:
    if reply.status != 200:
        raise error_of_status(PROVIDER, reply)
    return typed(PROVIDER, parse_json(PROVIDER, reply.body), _PAGE)


def _taken(reply: Reply) -> Outcome:
    if reply.status in {200, 201}:
        return Sent(typed(PROVIDER, parse_json(PROVIDER, reply.body), _MESSAGE).sid)
    code = _code(reply)
    if reply.status == 429 or reply.status >= 500 or code is None:
        raise error_of_status(PROVIDER, reply)  # a 5xx may have been taken: it is looked for
    if code in _LATER:
        return TryLater(f"twilio_{code}", reply.retry_after)
    if code in _BLOCKED or reply.status in {401, 403}:
        return Blocked(f"twilio_{code}")
    return Refused(f"twilio_{code}", SUPPRESSING.get(code))


def _code(reply: Reply) -> int | None:
    try:
        return _Refusal.model_validate_json(reply.body).code
    except ValueError:
        return None
