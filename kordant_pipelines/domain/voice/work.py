"""VoicePrint's jobs as they wait and are worked off."""

from datetime import timedelta
from enum import StrEnum
from typing import Final


class Task(StrEnum):
    """What a voice job is for."""

    ENROL = "enrol"
    ANALYSE = "analyse"


class VoiceState(StrEnum):
    """Where a voice job stands. The last three are final."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    NOT_EVALUABLE = "not_evaluable"
    FAILED = "failed"


LEASE: Final = timedelta(minutes=5)
"""How long a worker that has taken a job is believed to be at it."""
ATTEMPTS: Final = 4
"""Taken so often without an end, a job fails: a recording that kills its worker must not go on."""
BACKOFF: Final = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
"""How long a job waits after each failed attempt."""


def backoff(attempts: int) -> timedelta | None:
    """How long to wait after so many attempts; None when it was the last."""
    return BACKOFF[attempts - 1] if attempts < ATTEMPTS else None
