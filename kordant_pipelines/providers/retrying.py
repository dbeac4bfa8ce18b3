"""Short retries inside one call: for a hiccup of seconds. Longer waits belong to the ledger."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import stamina

from kordant_pipelines.providers.errors import RetryableProviderError, UnavailableProviderError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RetryBudget:
    """How long one call may keep trying.

    Attributes:
        attempts: tries in all, the first included.
        total_wait: seconds that all pauses between tries may add up to.
        first_wait: seconds before the second try; doubled before each further one.
        chance: a number in [0, 1): waits are cut by up to half, so that workers spread out.
    """

    attempts: int = 3
    total_wait: float = 10.0
    first_wait: float = 0.5
    chance: Callable[[], float] = random.random


DEFAULT_RETRIES: Final = RetryBudget()


async def with_retries(call: Callable[[], Awaitable[T]], budget: RetryBudget) -> T:
    """Await `call()` until it answers or the budget is spent.

    A wait that the error names (`retry_after`) is kept to exactly; one longer than what is left of
    the budget ends the tries at once, and the error reaches the caller with its `retry_after`.

    Raises:
        ProviderError: the last try's error, unchanged.
    """
    waited = 0.0
    failures = 0

    def wait_before_next(error: Exception) -> float | bool:
        nonlocal waited, failures
        if not isinstance(error, RetryableProviderError | UnavailableProviderError):
            return False
        failures += 1
        named = error.retry_after if isinstance(error, RetryableProviderError) else None
        wait = _backoff(budget, failures) if named is None else named
        if waited + wait > budget.total_wait:
            return False
        waited += wait
        return float(wait)

    caller = stamina.AsyncRetryingCaller(attempts=budget.attempts, timeout=None)
    return await caller(wait_before_next, call)


def _backoff(budget: RetryBudget, failures: int) -> float:
    return budget.first_wait * 2 ** (failures - 1) * (1 - budget.chance() / 2)
