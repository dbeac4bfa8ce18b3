"""What can go wrong with a provider, as a caller must tell it apart.

- `ProviderError`
  - `PermanentProviderError`: trying again cannot help, someone must act
    (`bad_key`, `forbidden`, `bad_request`, `schema_drift`).
  - `RetryableProviderError`: the provider, or our own share of its limit, asks to wait
    (`rate_limited`, with the seconds where they are known).
  - `UnavailableProviderError`: the question was not answered; a later try may be
    (`timeout`, `unavailable`, `malformed_response`, `limiter_unavailable`).
    - `UnsentProviderError`: and it was not even put, so that nothing can have come of it.

None of them is ever an empty result: a provider that failed has not said "clean".

A message is for an operator and is made of fixed words only. It holds no identifier, URL or body,
nor does any exception chained to it: raise these outside the `except` block of the error they
replace, since httpx's and pydantic's exceptions carry the request and the payload.
"""

from enum import StrEnum
from typing import ClassVar


class ErrorCode(StrEnum):
    """Stable names, for records, metrics and alerts."""

    BAD_KEY = "bad_key"
    FORBIDDEN = "forbidden"
    BAD_REQUEST = "bad_request"
    SCHEMA_DRIFT = "schema_drift"
    RATE_LIMITED = "rate_limited"
    TIMEOUT = "timeout"
    UNAVAILABLE = "unavailable"
    MALFORMED_RESPONSE = "malformed_response"
    LIMITER_UNAVAILABLE = "limiter_unavailable"


_ADVICE = {
    ErrorCode.BAD_KEY: (
        "the API key is missing or refused; set KORDANT_{name}_API_KEY to a key of an active plan"
    ),
    ErrorCode.FORBIDDEN: (
        "access is refused; check what the plan of KORDANT_{name}_API_KEY allows and whether it is"
        " used up"
    ),
    ErrorCode.BAD_REQUEST: (
        "the request was refused as malformed; check the identifier's form and KORDANT_{name}_URL"
    ),
    ErrorCode.SCHEMA_DRIFT: (
        "the answer no longer has the documented shape and was not used; the adapter needs an"
        " update"
    ),
    ErrorCode.RATE_LIMITED: (
        "the rate limit is used up; try again later, or move KORDANT_{name}_API_KEY to a larger"
        " plan"
    ),
    ErrorCode.TIMEOUT: (
        "no answer in time; try again later, and if it stays check the network and"
        " KORDANT_PROVIDER_TIMEOUT_SECONDS"
    ),
    ErrorCode.UNAVAILABLE: (
        "the service could not be reached or failed; try again later, and if it stays check the"
        " network and the provider's status page"
    ),
    ErrorCode.MALFORMED_RESPONSE: (
        "the answer was cut off or is not the provider's; try again later, and if it stays check"
        " KORDANT_{name}_URL and any proxy in between"
    ),
    ErrorCode.LIMITER_UNAVAILABLE: (
        "nothing was asked, because the shared rate limiter cannot be reached; check that Valkey"
        " runs at KORDANT_BROKER_URL"
    ),
}


class ProviderError(Exception):
    """A provider did not answer.

    Args:
        provider: the adapter's name, as in its settings: `hibp`, `leakcheck`.
        code: what went wrong; must be one of the class's own `codes`.
        detail: fixed words that narrow it down (a status, a field's name); never input or payload.
    """

    codes: ClassVar[frozenset[ErrorCode]] = frozenset(ErrorCode)

    def __init__(self, provider: str, code: ErrorCode, detail: str = "") -> None:
        if code not in self.codes:
            raise ValueError(f"{type(self).__name__} cannot have code {code}: use one of its codes")
        super().__init__(provider, code, detail)
        self.provider = provider
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        advice = _ADVICE[self.code].format(name=self.provider.upper())
        return (
            f"{self.provider}: {advice}{f' ({self.detail})' if self.detail else ''} [{self.code}]"
        )


class PermanentProviderError(ProviderError):
    """Trying again cannot help: a person must mend the key, the plan, the input or the adapter."""

    codes = frozenset(
        {
            ErrorCode.BAD_KEY,
            ErrorCode.FORBIDDEN,
            ErrorCode.BAD_REQUEST,
            ErrorCode.SCHEMA_DRIFT,
        }
    )


class RetryableProviderError(ProviderError):
    """The limit is used up for now.

    Args:
        provider: as in `ProviderError`.
        code: `rate_limited`.
        detail: as in `ProviderError`.
        retry_after: seconds until a try may succeed; None when nobody said.
    """

    codes = frozenset({ErrorCode.RATE_LIMITED})

    def __init__(
        self,
        provider: str,
        code: ErrorCode = ErrorCode.RATE_LIMITED,
        detail: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(provider, code, detail)
        self.retry_after = retry_after

    def __str__(self) -> str:
        wait = "" if self.retry_after is None else f" (room again in {self.retry_after:.1f} s)"
        return f"{super().__str__()}{wait}"


class UnavailableProviderError(ProviderError):
    """The question was not answered; what the answer would have been is unknown."""

    codes = frozenset(
        {
            ErrorCode.TIMEOUT,
            ErrorCode.UNAVAILABLE,
            ErrorCode.MALFORMED_RESPONSE,
            ErrorCode.LIMITER_UNAVAILABLE,
        }
    )


class UnsentProviderError(UnavailableProviderError):
    """The request never left: there was no connection to send it on."""
