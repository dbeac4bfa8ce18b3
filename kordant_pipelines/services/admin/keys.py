"""Idempotency keys: the same request under the same key is done once."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kordant_pipelines.domain.errors import RefusedInput
from kordant_pipelines.services.admin.errors import IdempotencyConflict
from kordant_pipelines.storage.models import AdminRequestRow

_KEY = re.compile(r"[!-~]{1,100}")


@dataclass(frozen=True, slots=True)
class Request:
    """Something asked for. `key` None means that asking again is meant to do it again."""

    operation: str
    arguments: Mapping[str, object]
    actor: str
    key: str | None = None

    def __post_init__(self) -> None:
        if self.key is not None and not _KEY.fullmatch(self.key):
            raise RefusedInput(
                f"{self.key!r} is not an idempotency key: 1 to 100 printable characters, no blanks."
            )

    @property
    def fingerprint(self) -> bytes:
        """A digest of what is asked."""
        told = json.dumps([self.operation, self.arguments], sort_keys=True, default=str)
        return hashlib.sha256(told.encode()).digest()


@dataclass(frozen=True, slots=True)
class Done:
    """What a request came to: the jobs it made, and whether an earlier one had made them."""

    job_ids: list[int]
    repeated: bool


def once(
    session: Session, request: Request, now: datetime, action: Callable[[], list[int]]
) -> Done:
    """Do it unless its key was used, in which case tell what it came to then.

    Whoever asks at the same time waits here for the other's transaction.

    Raises:
        IdempotencyConflict: the key was used for something else.
    """
    if request.key is None:
        return Done(action(), repeated=False)
    claimed = session.scalar(
        insert(AdminRequestRow)
        .values(
            key=request.key,
            operation=request.operation,
            fingerprint=request.fingerprint,
            actor=request.actor,
            job_ids=[],
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=[AdminRequestRow.key])
        .returning(AdminRequestRow.key)
    )
    if claimed is None:
        earlier = session.get_one(AdminRequestRow, request.key)
        if earlier.fingerprint != request.fingerprint:
            raise IdempotencyConflict(request.key)
        return Done(list(earlier.job_ids), repeated=True)
    job_ids = action()
    session.execute(
        update(AdminRequestRow).where(AdminRequestRow.key == request.key).values(job_ids=job_ids)
    )
    return Done(job_ids, repeated=False)
