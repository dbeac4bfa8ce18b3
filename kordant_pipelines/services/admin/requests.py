"""What an operator has done to jobs: run one now, cancel one, retry one, replay dead letters."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from kordant_pipelines.domain.calendar.cadences import CADENCES
from kordant_pipelines.domain.calendar.owed import Reason, State, priority_of
from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.services.admin.errors import (
    JobNotInTier,
    NotCancellable,
    NotRetryable,
)
from kordant_pipelines.services.admin.keys import Done, Request, once
from kordant_pipelines.services.admin.lookup import present_attempt
from kordant_pipelines.services.admin.runs import RunRecord
from kordant_pipelines.services.calendar.dead_letters import DeadLetters, owe_replay
from kordant_pipelines.services.subscriptions import require_active
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import OwedRunRow


class Requests:
    """Changes what one domain database's calendar owes, at an operator's word."""

    def __init__(self, database: Database, clock: Clock, letters: DeadLetters) -> None:
        self._database = database
        self._clock = clock
        self._letters = letters

    def run_now(
        self,
        job: Job,
        subscription_id: str,
        *,
        actor: str,
        payload: Mapping[str, Any] | None = None,
        force: bool = False,
        key: str | None = None,
    ) -> Done:
        """Owe a run of `job` now, with all its retries, ahead of what the tiers are owed.

        Raises:
            UnknownSubscription, InactiveSubscription, JobNotInTier, IdempotencyConflict: nothing
                is owed.
        """
        arguments = {"job": job, "of": subscription_id, "payload": payload, "force": force}
        request = Request("runJobNow", arguments, actor, key)
        now = self._clock()
        with self._database.transaction() as session:

            def owe() -> list[int]:
                subscription = require_active(session, subscription_id)
                if not force and not of_tier(job, subscription.tier):
                    raise JobNotInTier(job, subscription.tier)
                return [_owe(session, job, subscription_id, subscription.tier, payload, now)]

            return once(session, request, now, owe)

    def cancel(self, job_id: str, record: RunRecord) -> int:
        """Cancel a job: it is not tried again. One that was cancelled stays so; its id.

        Raises:
            UnknownJob, NotCancellable: nothing was changed.
        """
        with self._database.transaction() as session:
            row, first_id = present_attempt(session, record, job_id, lock=True)
            if row.state is State.CANCELLED:
                return first_id
            if row.state is State.OWED:
                row.state, row.ended_at = State.CANCELLED, self._clock()
                return first_id
            if row.state is not State.DISPATCHED:
                raise NotCancellable(f"Job {job_id} is over ({row.state.value}).")
            key, run_id = row.to_domain().key, row.run_id
        if run_id is None:
            run = record.by_keys([key]).get(key)
            run_id = run.run_id if run else None
        if run_id is None or not record.cancel(run_id):
            raise NotCancellable(
                f"Job {job_id} is on its way to or from a worker this moment. Ask again in some "
                "seconds."
            )
        return first_id

    def retry(self, job_id: str, record: RunRecord, *, actor: str, key: str | None = None) -> Done:
        """Run a failed or cancelled job anew, as a new job; have a waiting retry run now.

        A job is run anew once, however often it is asked for: what failed again is a job of its
        own, to be retried under its own id.

        Raises:
            UnknownJob, NotRetryable, InactiveSubscription, IdempotencyConflict: nothing is owed.
        """
        request = Request("retryJob", {"job": job_id}, actor, key)
        now = self._clock()
        with self._database.transaction() as session:

            def owe() -> list[int]:
                row, first_id = present_attempt(session, record, job_id, lock=True)
                require_active(session, row.subscription_id)
                if row.state in {State.DEAD, State.CANCELLED}:
                    return [owe_replay(session, row, now)]
                if row.state is State.OWED and row.attempt:
                    row.due_at = min(row.due_at, now)
                    return [first_id]
                raise NotRetryable(
                    f"Job {job_id} did not fail ({row.state.value}); only a failed or cancelled "
                    "job, or one that waits for its retry, can be retried."
                )

            return once(session, request, now, owe)

    def replay(self, ids: Sequence[int], *, actor: str, key: str | None = None) -> int:
        """Run these dead letters anew; how many there were.

        Raises:
            RefusedInput: one is not an open dead letter; none was replayed.
            IdempotencyConflict: the key was used for something else.
        """
        request = Request("replayDeadLetters", {"ids": sorted(ids)}, actor, key)
        with self._database.transaction() as session:
            done = once(
                session,
                request,
                self._clock(),
                lambda: list(self._letters.replay_in(session, ids)),
            )
            return len(done.job_ids)


def of_tier(job: Job, tier: Tier) -> bool:
    """Whether the tier has the job; what has no cadence is every tier's."""
    return job not in CADENCES or tier in CADENCES[job]


def _owe(
    session: Session,
    job: Job,
    subscription_id: str,
    tier: Tier,
    payload: Mapping[str, Any] | None,
    now: datetime,
) -> int:
    row = OwedRunRow(
        job=job,
        subscription_id=subscription_id,
        slot=f"asked/{secrets.token_hex(10)}",
        attempt=0,
        reason=Reason.BY_HAND,
        tier=tier,
        priority=priority_of(job, Reason.BY_HAND, tier),
        due_at=now,
        state=State.OWED,
        payload=dict(payload) if payload else None,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row.id
