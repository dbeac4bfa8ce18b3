"""Keeps personal data in exceptions out of Dagster, which stores every exception's text and causes.

A database driver quotes the row it refused, a parser the value it could not read. Only texts made
of ids and settings pass; of any other exception its type and where it was raised.
"""

import traceback
from collections.abc import Generator
from contextlib import contextmanager

from dagster import Failure, MetadataValue

from kordant_pipelines.domain.errors import (
    InactiveSubscription,
    Misconfigured,
    UnknownSubscription,
)

_OURS = "kordant_pipelines"


@contextmanager
def shield() -> Generator[None]:
    """Turn whatever the block raises into a Failure that is safe to store.

    Nothing may run for an unknown or inactive subscription, so those owe no retry; all else may
    have been passing.
    """
    try:
        yield
    except Failure:
        raise
    except (UnknownSubscription, InactiveSubscription) as refused:
        raise Failure(str(refused), allow_retries=False) from None
    except Misconfigured as wrong:
        raise Failure(str(wrong)) from None
    except Exception as error:  # noqa: BLE001 - this is the place where all of them are met
        raise _anonymous(error) from None


def _anonymous(error: Exception) -> Failure:
    frames = [
        f"{frame.filename.partition('site-packages/')[2] or _within(frame.filename)}"
        f":{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    return Failure(
        f"{kind} at {frames[-1]}. Its text is withheld, for it may quote personal data.",
        metadata={"raised at": MetadataValue.md("\n".join(f"1. {frame}" for frame in frames))},
    )


def _within(filename: str) -> str:
    return _OURS + filename.rpartition(_OURS)[2] if _OURS in filename else filename
