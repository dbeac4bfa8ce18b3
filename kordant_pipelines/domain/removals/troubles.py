"""What stands between us and a broker, whoever the customer is: told once, not once a customer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kordant_pipelines.domain.removals.brokers import Method
from kordant_pipelines.domain.removals.cadence import backoff
from kordant_pipelines.domain.removals.steps import Action

OURS = "_ours"
"""In place of a broker's key, which has no underscore: our own mailbox."""

PROBE_LASTS = timedelta(hours=1)
"""How long the one run that tries again has before another may."""

BY_HAND_AFTER = timedelta(days=7)
"""After which customers are asked to file what our form cannot."""

PERSISTENT = 3
"""Failures of one request in a row from which a passing one is a trouble of the broker."""


class Part(StrEnum):
    """What does not work."""

    SEARCH = "search"
    FORM = "form"
    LETTERS = "letters"
    INBOX = "inbox"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A part of a broker that has not worked since. `reason` is a code, `try_at` the next try."""

    broker: str
    part: Part
    reason: str
    since: datetime
    last_at: datetime
    times: int
    try_at: datetime


def part_of(action: Action, method: Method) -> Part | None:
    """The part a run needs for this; None: it is tried whatever stands in the way."""
    if action is Action.LOOK:
        return Part.SEARCH
    if action is Action.SUBMIT:
        return Part.LETTERS if method is Method.EMAIL else Part.FORM
    return None


def next_try(last_at: datetime, times: int) -> datetime:
    """When one run may try again: after 2, 4, 8 … hours, 48 at most."""
    return last_at + backoff(times)
