"""The ATTOM client: what is known of an address."""

import re
from collections.abc import Callable
from typing import Final, TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

from kordant_pipelines.providers.answers import error_of_status, parse_json, typed
from kordant_pipelines.providers.attom.models import (
    AttomDetail,
    AttomDetails,
    AttomEnvelope,
    AttomHistories,
    AttomSale,
    lowered,
)
from kordant_pipelines.providers.client import ProviderClient
from kordant_pipelines.providers.errors import (
    ErrorCode,
    PermanentProviderError,
    ProviderError,
    UnavailableProviderError,
)
from kordant_pipelines.providers.limiter import ProviderLimiter, RateLimit
from kordant_pipelines.providers.reply import Reply
from kordant_pipelines.providers.retrying import DEFAULT_RETRIES, RetryBudget
from kordant_pipelines.providers.transport import (
    DEFAULT_TIMEOUTS,
    ProviderCall,
    ProviderHttp,
    Timeouts,
)

T = TypeVar("T")

PROVIDER: Final = "attom"

ATTOM_LIMIT: Final = RateLimit(amount=10, seconds=1)
"""Ours: a plan's limit is not readable at run time, and a 429's pause holds for all workers."""

_WITHOUT_RESULT: Final = "successwithoutresult"
_ENVELOPE: Final = TypeAdapter(AttomEnvelope)
_DETAILS: Final = TypeAdapter(AttomDetails)
_HISTORIES: Final = TypeAdapter(AttomHistories)


class AttomClient(ProviderClient):
    """ATTOM's property API. Open it inside the event loop that uses it.

    Args:
        base_url: `https://api.gateway.attomdata.com/propertyapi/v1.0.0`.
        api_key: printable ASCII without spaces.
        limiter: open, for this key.
        timeouts: of each attempt.
        retries: of each call.
        transport: stands in for the network, for tests.
        on_call: told of each request that went out; must not raise.

    Raises:
        PermanentProviderError: `bad_key`, malformed; `bad_request`, the base URL is none.
    """

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        limiter: ProviderLimiter,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        retries: RetryBudget = DEFAULT_RETRIES,
        transport: httpx.AsyncBaseTransport | None = None,
        on_call: Callable[[ProviderCall], None] | None = None,
    ) -> None:
        if not re.fullmatch("[!-~]+", api_key):
            raise PermanentProviderError(
                PROVIDER, ErrorCode.BAD_KEY, "the key must be printable ASCII without spaces"
            )
        self._http = ProviderHttp(
            PROVIDER,
            base_url=base_url,
            key_header={"apikey": api_key},
            limiter=limiter,
            timeouts=timeouts,
            retries=retries,
            transport=transport,
            on_call=on_call,
        )

    async def detail(self, street: str, city: str) -> AttomDetail | None:
        """Owners and mortgages at an address; None if ATTOM knows no such property, or several.

        Of several, as in a house of flats, the first may be a neighbour's.

        Raises:
            ProviderError: ATTOM did not answer.
        """
        answer = await self._ask("property/detailmortgageowner", street, city, _DETAILS)
        return answer.property[0] if answer and len(answer.property) == 1 else None

    async def sales(self, street: str, city: str) -> list[AttomSale]:
        """The transfers at an address, none if ATTOM has no history of it.

        Raises:
            ProviderError: ATTOM did not answer.
        """
        answer = await self._ask("saleshistory/detail", street, city, _HISTORIES)
        return [sale for one in answer.property for sale in one.salehistory] if answer else []

    async def _ask(self, endpoint: str, street: str, city: str, shape: TypeAdapter[T]) -> T | None:
        def read(reply: Reply) -> T | None:
            return _answer(reply, shape)

        params = {"address1": street, "address2": city}
        return await self._http.get(endpoint, read, params=params)


def _answer(reply: Reply, shape: TypeAdapter[T]) -> T | None:
    if reply.status == 202:
        raise UnavailableProviderError(
            PROVIDER, ErrorCode.UNAVAILABLE, "status 202, the result is not ready yet"
        )
    if reply.status == 400:  # ATTOM's way of saying that it knows no such property
        if _knows_nothing(reply):
            return None
        raise error_of_status(PROVIDER, reply)
    if reply.status != 200:
        raise error_of_status(PROVIDER, reply)
    body = lowered(parse_json(PROVIDER, reply.body))
    status = typed(PROVIDER, body, _ENVELOPE).status
    if status.msg.casefold() == _WITHOUT_RESULT:
        return None
    if status.code != 0:
        raise _refusal(status.code)
    return typed(PROVIDER, body, shape)


def _knows_nothing(reply: Reply) -> bool:
    try:
        envelope = _ENVELOPE.validate_python(lowered(parse_json(PROVIDER, reply.body)))
    except (ProviderError, ValidationError):
        return False
    return envelope.status.msg.casefold() == _WITHOUT_RESULT


def _refusal(code: int) -> ProviderError:
    return PermanentProviderError(
        PROVIDER, ErrorCode.BAD_REQUEST, f"status 200, status.code is {code}"
    )
