"""The health check: readings against limits, and a notice at each turn of a condition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.monitoring import Condition, ConditionState, Turn, judge
from kordant_pipelines.services.admin.queue import QueueHealth, Queues
from kordant_pipelines.services.admin.runs import Heartbeat, RunRecord
from kordant_pipelines.services.monitoring.heartbeats import Heartbeats
from kordant_pipelines.services.monitoring.providers import (
    ProviderFigures,
    Providers,
    ProvidersUnknown,
)
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import HealthConditionRow, OperatorNoticeRow
from kordant_pipelines.telemetry.logs import get_log

_log = get_log("health")

FAILURE_WINDOW = timedelta(minutes=15)
FEW_RUNS, FEW_CALLS = 10, 20
"""Fewer than these say nothing of a rate."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A value and what to say of it; None if it could not be read."""

    value: float | None
    told: str


class Health:
    """Checks one system. Any number of processes may: a turn is told of once."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        queues: Queues,
        providers: Providers,
        heartbeats: Heartbeats,
        *,
        limits: Mapping[Condition, float],
        hold: timedelta,
    ) -> None:
        self._database = database
        self._clock = clock
        self._queues = queues
        self._providers = providers
        self._heartbeats = heartbeats
        self._limits = limits
        self._hold = hold
        self._calls: Mapping[tuple[str, str], int] | None = None

    def check(self, record: RunRecord) -> list[tuple[Condition, Turn]]:
        """Read everything once; the turns that operators are now to be told of."""
        turns: list[tuple[Condition, Turn]] = []
        for condition, reading in self._readings(record).items():
            turn = self._note(condition, reading)
            if turn is not None:
                turns.append((condition, turn))
        return turns

    def raised(self) -> Mapping[Condition, datetime | None]:
        """Every condition, with since when it is raised if it is."""
        with self._database.transaction() as session:
            rows = session.scalars(select(HealthConditionRow))
            known = {row.name: row.raised_at for row in rows}
        return {condition: known.get(condition.value) for condition in Condition}

    def _readings(self, record: RunRecord) -> Mapping[Condition, Reading]:
        now = self._clock()
        health = self._queues.health()
        return {
            Condition.QUEUE_WAITING: Reading(
                health.waiting, f"{health.waiting} runs are due and wait"
            ),
            Condition.OLDEST_DUE: _oldest(health),
            Condition.FAILURE_RATE: self._failures(now),
            Condition.PROVIDER_ERRORS: self._provider_errors(),
            Condition.HEARTBEAT: _silence(self._heartbeats.read(record), now),
        }

    def _failures(self, now: datetime) -> Reading:
        with self._database.connection() as connection:
            row = connection.execute(text(_ENDED), {"since": now - FAILURE_WINDOW}).one()
        if row.ended < FEW_RUNS:
            return Reading(0.0, f"{row.failed} of {row.ended} runs failed")
        percent = 100 * row.failed / row.ended
        return Reading(percent, f"{row.failed} of the last {row.ended} runs failed")

    def _provider_errors(self) -> Reading:
        """The worst provider's share of calls without an answer since the last check."""
        try:
            figures = self._providers.read()
        except ProvidersUnknown as unknown:
            return Reading(None, f"Valkey does not answer ({unknown})")
        before, self._calls = self._calls, figures.calls
        if before is None:
            return Reading(None, "the first reading has nothing to compare with")
        return _worst(figures, before)

    def _note(self, condition: Condition, reading: Reading) -> Turn | None:
        now, limit = self._clock(), self._limits[condition]
        with self._database.transaction() as session:
            row = _locked(session, condition)
            state, turn = judge(
                ConditionState(row.raised_at, row.calm_since),
                reading.value,
                limit,
                now,
                self._hold,
            )
            since = state.raised_at or row.raised_at
            row.raised_at, row.calm_since = state.raised_at, state.calm_since
            if turn is not None and since is not None:
                _log.warning("condition_turned", condition=condition.value, turn=turn.value)
                _tell(session, condition, turn, since, f"{reading.told} (limit {limit:g})", now)
            return turn


_ENDED = """
SELECT count(*) AS ended, count(*) FILTER (WHERE state IN ('retried', 'dead')) AS failed
FROM owed_runs WHERE ended_at >= :since AND state IN ('succeeded', 'retried', 'dead')
"""


def _oldest(health: QueueHealth) -> Reading:
    if health.oldest_due_at is None:
        return Reading(0.0, "nothing that is due waits")
    minutes = max(0.0, (health.at - health.oldest_due_at).total_seconds() / 60)
    return Reading(minutes, f"the oldest run that waits has been due for {minutes:.0f} minutes")


def _silence(beats: Sequence[Heartbeat], now: datetime) -> Reading:
    if not beats:
        return Reading(None, "nothing was ever heard of a daemon or worker")
    last = min(beats, key=lambda beat: beat.at)
    seconds = max(0.0, (now - last.at).total_seconds())
    return Reading(seconds, f"{last.name} was last heard of {seconds:.0f} seconds ago")


def _worst(figures: ProviderFigures, before: Mapping[tuple[str, str], int]) -> Reading:
    made: dict[str, list[int]] = {}
    for (provider, outcome), count in figures.calls.items():
        new = max(0, count - before.get((provider, outcome), 0))
        of = made.setdefault(provider, [0, 0])
        of[0] += new
        of[1] += new if outcome not in _ANSWERED else 0
    enough = {name: 100 * bad / all_ for name, (all_, bad) in made.items() if all_ >= FEW_CALLS}
    if not enough:
        return Reading(0.0, "too few calls to tell")
    worst = max(enough, key=lambda name: enough[name])
    return Reading(enough[worst], f"{enough[worst]:.0f} % of calls to {worst} were not answered")


_ANSWERED = {"answered", "broken_off"}


def _locked(session: Session, condition: Condition) -> HealthConditionRow:
    session.execute(
        insert(HealthConditionRow).values(name=condition.value).on_conflict_do_nothing()
    )
    return session.get_one(HealthConditionRow, condition.value, with_for_update=True)


def _tell(
    session: Session, condition: Condition, turn: Turn, since: datetime, told: str, now: datetime
) -> None:
    raised = turn is Turn.RAISED
    session.execute(
        insert(OperatorNoticeRow)
        .values(
            dedupe_key=f"{condition.value}/{since.isoformat()}/{turn.value}",
            condition=condition.value,
            raised=raised,
            message=told if raised else f"Over: {told}",
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=[OperatorNoticeRow.dedupe_key])
    )
