"""What can come of handing a message to a provider, and of asking what came of it.

The four outcomes other than `Unknown` are certain: after `Sent` the provider has the message, after
the rest it does not. `Unknown` is neither, and nothing but the provider's own word ends it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from kordant_pipelines.domain.channels import SuppressionReason
from kordant_pipelines.providers.errors import (
    ErrorCode,
    PermanentProviderError,
    ProviderError,
    RetryableProviderError,
    UnsentProviderError,
)


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took it, and calls it `provider_id`."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class TryLater:
    """It was not taken; it may be later. `after` is in seconds, None if nobody said."""

    reason: str
    after: float | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """It will never be taken. With `suppression`, no other will be at this address."""

    reason: str
    suppression: SuppressionReason | None = None


@dataclass(frozen=True, slots=True)
class Blocked:
    """Nothing will be taken until an operator mends a key, a plan or a setting."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The provider may have taken it."""

    reason: str


Outcome = Sent | TryLater | Refused | Blocked | Unknown


@dataclass(frozen=True, slots=True)
class Absent:
    """The provider does not have it."""


Found = Sent | Absent | Unknown | Blocked
"""What asking can bring: it has it, it does not, it does not say, or we may not ask."""


class Fate(StrEnum):
    """What a provider can tell later of a message it took."""

    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class DeliveryEvent:
    """A provider's later word on a message: which one (by our id, if it has it, or by its own)."""

    provider: str
    provider_id: str
    delivery_id: str | None
    fate: Fate
    reason: str | None = None
    suppression: SuppressionReason | None = None


class Sender(Protocol):
    """One provider's way to take messages of one channel, opened for one run."""

    @property
    def provider(self) -> str:
        """Its name, as in its settings."""
        ...

    @property
    def settles_in(self) -> timedelta | None:
        """When its word that it has nothing holds, after an attempt; None: it cannot be asked."""
        ...

    @property
    def replays_for(self) -> timedelta:
        """How long the same payload may be sent again without being taken twice; mostly zero."""
        ...

    async def send(self, payload: str, key: str, before: Callable[[], None]) -> Outcome:
        """Hand `payload` over, once; `before` is called when it is about to leave.

        What `before` raises is passed on, and nothing was sent.
        """
        ...

    async def find(self, payload: str, since: datetime) -> Found:
        """Ask what came of `payload`, handed over at `since` or later."""
        ...


def outcome_of(error: ProviderError) -> TryLater | Blocked | Refused | Unknown:
    """What an error means for the message, where the provider says nothing more exact."""
    reason = error.code.value
    match error:
        case RetryableProviderError():
            return TryLater(reason, error.retry_after)
        case UnsentProviderError():
            return TryLater(reason)
        case PermanentProviderError():
            if error.code in {ErrorCode.BAD_KEY, ErrorCode.FORBIDDEN}:
                return Blocked(reason)
            # An answer that we cannot read may well be a yes.
            return Unknown(reason) if error.code is ErrorCode.SCHEMA_DRIFT else Refused(reason)
        case _:
            never_left = error.code is ErrorCode.LIMITER_UNAVAILABLE
            return TryLater(reason) if never_left else Unknown(reason)
