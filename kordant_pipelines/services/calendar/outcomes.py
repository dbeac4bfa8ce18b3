"""What became of dispatched runs: settling those that ended, giving back those that never were."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kordant_pipelines.domain.calendar.owed import Owed, Reason, State, priority_of
from kordant_pipelines.domain.calendar.retries import Ended, Settlement, settle
from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import SubscriptionStatus, Tier
from kordant_pipelines.services.monitoring.totals import Ending, count_endings
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import OwedRunRow, SubscriptionRow
from kordant_pipelines.telemetry.logs import get_log

_log = get_log("runs")

GRACE = timedelta(seconds=60)
"""How long after its dispatch a run must be on record."""

_KEY = re.compile(r"[0-9]{1,18}[.][0-9]{1,4}")

_OF_A_RETRY = (
    "state",
    "due_at",
    "reason",
    "tier",
    "priority",
    "root_run_id",
    "parent_run_id",
    "payload",
)


@dataclass(frozen=True, slots=True)
class RunRef:
    """A run, and what owed it: `key` is `Owed.key`, None if it was launched by hand."""

    run_id: str
    key: str | None
    parent_run_id: str | None


@dataclass(frozen=True, slots=True)
class EndedRun:
    """A run that has ended, whoever launched it."""

    ref: RunRef
    job: Job
    subscription_id: str
    ended: Ended


class Outcomes:
    """The far end of one domain database's calendar. `delays` are those of the retries."""

    def __init__(self, database: Database, clock: Clock, *, delays: tuple[timedelta, ...]) -> None:
        self._database = database
        self._clock = clock
        self._delays = delays

    def unsettled(self, refs: Collection[RunRef]) -> set[str]:
        """Which of these runs' ends are not written down yet: their run ids."""
        with self._database.transaction() as session:
            open_rows = _open(session, refs)
            known = _settled(session, refs)
        return {ref.run_id for ref in refs if ref in open_rows or ref.run_id not in known}

    def settle(self, runs: Collection[EndedRun]) -> list[Settlement]:
        """Write what became of runs, and owe the retries.

        A run that nothing owed, launched by hand or as a backfill, is taken into the calendar by
        its end, unless its subscription is unknown or inactive. Settling an end again changes
        nothing.
        """
        settled: list[Settlement] = []
        endings: list[Ending] = []
        with self._database.transaction() as session:
            active = _active(session, {run.subscription_id for run in runs})
            open_rows = _open(session, [run.ref for run in runs], lock=True)
            known = _settled(session, [run.ref for run in runs])
            for run in runs:
                if run.ref.run_id in known and run.ref not in open_rows:
                    continue
                subscription = active.get(run.subscription_id)
                row = open_rows.get(run.ref)
                if row is None and subscription is not None:
                    row = _adopted(session, run, subscription.tier, self._clock())
                if row is not None:
                    settlement = settle(
                        run.ended,
                        row.attempt,
                        active=subscription is not None,
                        delays=self._delays,
                    )
                    _write(session, row, run.ended, settlement, self._clock())
                    settled.append(settlement)
                    endings.append(Ending.of(row, run.ended))
                    _tell(run, settlement)
            count_endings(session, endings)
        return settled

    def long_dispatched(self, *, limit: int) -> list[tuple[Owed, str | None]]:
        """What was dispatched over `GRACE` ago and is not settled, longest first.

        Each with the id of its run, if that is known.
        """
        with self._database.transaction() as session:
            rows = session.scalars(
                select(OwedRunRow)
                .where(
                    OwedRunRow.state == State.DISPATCHED,
                    OwedRunRow.dispatched_at < self._clock() - GRACE,
                )
                .order_by(OwedRunRow.dispatched_at, OwedRunRow.id)
                .limit(limit)
            )
            return [(row.to_domain(), row.run_id) for row in rows]

    def give_back(self, owed: Collection[Owed]) -> None:
        """Owe again what was dispatched and has no run on record.

        Its run will be launched under the same key, so that one which was merely late is not
        doubled.
        """
        with self._database.transaction() as session:
            session.execute(
                update(OwedRunRow)
                .where(
                    OwedRunRow.id.in_([one.id for one in owed]),
                    OwedRunRow.state == State.DISPATCHED,
                )
                .values(state=State.OWED, dispatched_at=None, run_id=None)
            )

    def note_runs(self, run_ids: Mapping[int, str]) -> None:
        """Write which runs, by the ids of what owed them, are on record."""
        with self._database.transaction() as session:
            for owed_id, run_id in run_ids.items():
                session.execute(
                    update(OwedRunRow)
                    .where(OwedRunRow.id == owed_id, OwedRunRow.state == State.DISPATCHED)
                    .values(run_id=run_id)
                )


def _tell(run: EndedRun, settlement: Settlement) -> None:
    _log.info(
        "run_settled",
        run_id=run.ref.run_id,
        job=run.job.value,
        subscription=run.subscription_id,
        state=settlement.state.value,
        retry_at=settlement.retry_at.isoformat() if settlement.retry_at else None,
    )


def _open(
    session: Session, refs: Collection[RunRef], *, lock: bool = False
) -> dict[RunRef, OwedRunRow]:
    """The open rows of those runs that are theirs, even if given back before the run was seen.

    Whoever re-executes a run in the UI copies its tags: a run with another parent than the row
    tells is not the one that was owed. Nor is one with a key that somebody typed.
    """
    keys = {ref.key for ref in refs if ref.key is not None and _KEY.fullmatch(ref.key)}
    statement = (
        select(OwedRunRow)
        .where(
            OwedRunRow.id.in_([int(key.partition(".")[0]) for key in keys]),
            OwedRunRow.state.in_((State.DISPATCHED, State.OWED)),
        )
        .order_by(OwedRunRow.id)  # one order for all who lock them
    )
    rows = session.scalars(statement.with_for_update() if lock else statement)
    by_key = {row.to_domain().key: row for row in rows}
    return {
        ref: by_key[ref.key]
        for ref in refs
        if ref.key in by_key and by_key[ref.key].parent_run_id == ref.parent_run_id
    }


def _settled(session: Session, refs: Collection[RunRef]) -> set[str | None]:
    """The ids of those runs whose ends are written down."""
    return set(
        session.scalars(
            select(OwedRunRow.run_id).where(
                OwedRunRow.run_id.in_([ref.run_id for ref in refs]),
                OwedRunRow.state != State.DISPATCHED,
            )
        )
    )


def _adopted(session: Session, run: EndedRun, tier: Tier, now: datetime) -> OwedRunRow | None:
    """A row for a run that nothing owed, or None if there is one."""
    statement = insert(OwedRunRow).values(
        job=run.job,
        subscription_id=run.subscription_id,
        slot=f"run/{run.ref.run_id}",
        attempt=0,
        reason=Reason.BY_HAND,
        tier=tier,
        priority=priority_of(run.job, Reason.BY_HAND, tier),
        due_at=run.ended.at,
        state=State.DISPATCHED,
        parent_run_id=run.ref.parent_run_id,
        dispatched_at=run.ended.at,
        created_at=now,
    )
    row_id = session.scalar(statement.on_conflict_do_nothing().returning(OwedRunRow.id))
    return None if row_id is None else session.get_one(OwedRunRow, row_id)


def _write(
    session: Session, row: OwedRunRow, ended: Ended, settlement: Settlement, now: datetime
) -> None:
    row.state, row.failure = settlement.state, settlement.failure
    row.ended_at, row.run_id, row.root_run_id = ended.at, ended.run_id, ended.root_run_id
    session.flush()  # the row leaves the index of pending work before its retry enters it
    if settlement.retry_at is not None:
        _owe_retry(session, row, ended, settlement.retry_at, now)


def _owe_retry(
    session: Session, row: OwedRunRow, ended: Ended, due_at: datetime, now: datetime
) -> None:
    retry = insert(OwedRunRow).values(
        job=row.job,
        subscription_id=row.subscription_id,
        slot=row.slot,
        cadence=row.cadence,
        attempt=row.attempt + 1,
        reason=row.reason,
        tier=row.tier,
        priority=row.priority,
        due_at=due_at,
        state=State.OWED,
        root_run_id=ended.root_run_id,
        parent_run_id=ended.run_id,
        payload=row.payload,
        created_at=now,
    )
    session.execute(
        retry.on_conflict_do_update(  # of a slot that was owed anew, an earlier retry may be there
            constraint="uq_owed_runs_job_subscription_id_slot_attempt",
            set_={
                **{name: retry.excluded[name] for name in _OF_A_RETRY},
                "revision": OwedRunRow.revision + 1,
                "run_id": None,
                "failure": None,
                "dispatched_at": None,
                "ended_at": None,
            },
            where=OwedRunRow.state.not_in((State.OWED, State.DISPATCHED)),
        )
    )


def _active(session: Session, ids: Collection[str]) -> dict[str, SubscriptionRow]:
    rows: Sequence[SubscriptionRow] = session.scalars(
        select(SubscriptionRow).where(
            SubscriptionRow.id.in_(ids), SubscriptionRow.status == SubscriptionStatus.ACTIVE
        )
    ).all()
    return {row.id: row for row in rows}
