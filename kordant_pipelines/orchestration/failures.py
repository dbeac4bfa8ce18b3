"""How a run fails: in words, with metadata, and saying whether trying again can help.

Dagster keeps a failure's metadata but not its `allow_retries`, so the answer is metadata too:
`may be retried` is what whoever owes a retry goes by.
"""

import traceback
from collections.abc import Generator, Mapping
from contextlib import contextmanager

from dagster import Failure, MetadataValue

from kordant_pipelines.domain.errors import (
    InactiveSubscription,
    Misconfigured,
    UnknownSubscription,
)
from kordant_pipelines.orchestration.metadata import Shown

MAY_BE_RETRIED = "may be retried"
_OURS = "kordant_pipelines"


def failure(
    text: str, *, may_be_retried: bool, metadata: Mapping[str, Shown] | None = None
) -> Failure:
    """A failure to raise. `text` and `metadata` are stored: ids and counts only."""
    return Failure(
        text,
        metadata={**(metadata or {}), MAY_BE_RETRIED: MetadataValue.bool(may_be_retried)},
        allow_retries=may_be_retried,
    )


@contextmanager
def shield() -> Generator[None]:
    """Let no personal data into Dagster, which stores every exception with its text and causes.

    A database driver quotes the row it refused, a parser the value it could not read. Only texts
    made of ids and settings pass; of any other exception its type and where it was raised.
    """
    try:
        yield
    except Failure:
        raise
    except (UnknownSubscription, InactiveSubscription) as refused:
        raise failure(str(refused), may_be_retried=False) from None
    except Misconfigured as wrong:
        raise failure(str(wrong), may_be_retried=True) from None
    except Exception as error:  # noqa: BLE001 - this is the place where all of them are met
        raise _anonymous(error) from None


def _anonymous(error: Exception) -> Failure:
    frames = [
        f"{_within(frame.filename)}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    return failure(
        f"{kind} at {frames[-1]}. Its text is withheld, for it may quote personal data.",
        may_be_retried=True,
        metadata={"raised at": MetadataValue.text("\n".join(frames))},
    )


def _within(filename: str) -> str:
    """The path from the package on, wherever it is installed."""
    _, installed, path = filename.partition("site-packages/")
    if installed:
        return path
    return _OURS + filename.rpartition(_OURS)[2] if _OURS in filename else filename
