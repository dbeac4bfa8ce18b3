"""Dagster's run storage as the admin's services ask it: one query a page, whatever its size."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dagster import DagsterEventType, DagsterInstance, DagsterRunStatus, EventLogEntry
from dagster._core.storage.runs.sql_run_storage import SqlRunStorage
from sqlalchemy import bindparam, text

from kordant_pipelines.domain.job_status import RunPhase
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.orchestration.tags import OWED, PARTITION
from kordant_pipelines.services.admin.runs import (
    HandRun,
    Heartbeat,
    Progress,
    RunResult,
    RunState,
)

_PHASES = {
    DagsterRunStatus.STARTED: RunPhase.STARTED,
    DagsterRunStatus.CANCELING: RunPhase.CANCELING,
    DagsterRunStatus.SUCCESS: RunPhase.SUCCEEDED,
    DagsterRunStatus.FAILURE: RunPhase.FAILED,
    DagsterRunStatus.CANCELED: RunPhase.CANCELED,
}
_TOLD = {DagsterEventType.STEP_OUTPUT, DagsterEventType.STEP_FAILURE, DagsterEventType.RUN_FAILURE}

# The oldest, for whoever re-executes a run in the UI copies its tags.
# One look into the index a key: asked for all at once, Postgres reads much more of the tags.
_BY_KEYS = text(
    "SELECT k.key, r.run_id, r.status, r.start_time, r.end_time "
    "FROM unnest(CAST(:names AS text[])) AS k (key) "
    "CROSS JOIN LATERAL (SELECT r.* FROM run_tags t JOIN runs r ON r.run_id = t.run_id "
    "WHERE t.key = :tag AND t.value = k.key ORDER BY r.id LIMIT 1) AS r"
)
_BY_IDS = text(
    "SELECT r.run_id AS key, r.run_id, r.status, r.start_time, r.end_time "
    "FROM runs r WHERE r.run_id IN :names"
).bindparams(bindparam("names", expanding=True))


class DagsterRunRecord:
    """One instance's record. It shows ids, counts and the texts that jobs wrote for it."""

    def __init__(self, instance: DagsterInstance) -> None:
        self._instance = instance

    def by_keys(self, keys: Collection[str]) -> Mapping[str, RunState]:
        """The run of each of these owed runs, by `Owed.key`, if there is one."""
        return self._states(_BY_KEYS, keys, {"tag": OWED})

    def by_ids(self, run_ids: Collection[str]) -> Mapping[str, RunState]:
        """These runs, by id."""
        return self._states(_BY_IDS, run_ids, {})

    def key_of(self, run_id: str) -> str | None:
        """The key of what owed a run, or None if nothing did or there is no such run."""
        record = self._instance.get_run_record_by_id(run_id)
        return record.dagster_run.tags.get(OWED) if record else None

    def by_hand(self, run_id: str) -> HandRun | None:
        """A run of a subscription, whoever launched it, or None if it is none."""
        record = self._instance.get_run_record_by_id(run_id)
        if record is None:
            return None
        run = record.dagster_run
        if run.job_name not in {job.value for job in Job} or PARTITION not in run.tags:
            return None
        state = RunState(
            run_id,
            _PHASES.get(run.status, RunPhase.WAITING),
            _moment(record.start_time),
            _moment(record.end_time),
        )
        created = record.create_timestamp.replace(tzinfo=UTC)
        return HandRun(state, Job(run.job_name), run.tags[PARTITION], created)

    def progress(self, run_id: str) -> Progress:
        """How far a run is."""
        stats = self._instance.get_run_stats(run_id)
        newest = self._instance.get_records_for_run(run_id, limit=1, ascending=False).records
        message = newest[0].event_log_entry if newest else None
        return Progress(
            steps_succeeded=stats.steps_succeeded,
            steps_failed=stats.steps_failed,
            last_message=_said(message) if message else None,
        )

    def result(self, run_id: str) -> RunResult:
        """What an ended run says of itself: the metadata of its outputs or of its failure."""
        counts: dict[str, int] = {}
        notes: dict[str, str] = {}
        failure: str | None = None
        for entry in self._instance.all_logs(run_id, of_type=_TOLD):
            event = entry.dagster_event
            if event is None:
                continue
            metadata: Mapping[str, Any] = {}
            if event.event_type is DagsterEventType.STEP_OUTPUT:
                metadata = event.step_output_data.metadata or {}
            elif event.event_type is DagsterEventType.STEP_FAILURE:
                said = event.step_failure_data.user_failure_data
                metadata = said.metadata if said else {}
                failure = (said.description if said else None) or failure
            elif failure is None:
                failure = entry.user_message or event.message
            for name, shown in metadata.items():
                if isinstance(shown.value, bool | str):
                    notes[name] = str(shown.value)
                elif isinstance(shown.value, int):
                    counts[name] = shown.value
        return RunResult(counts, notes, failure)

    def cancel(self, run_id: str) -> bool:
        """Stop a run; False if it cannot be stopped now."""
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return False
        if run.status is DagsterRunStatus.CANCELING:
            return True
        return bool(self._instance.run_coordinator.cancel_run(run_id))

    def heartbeats(self) -> Sequence[Heartbeat]:
        """When each daemon was last heard of."""
        beats = self._instance.get_daemon_heartbeats()
        return [
            Heartbeat(name, datetime.fromtimestamp(beat.timestamp, UTC))
            for name, beat in sorted(beats.items())
        ]

    def _states(
        self, query: Any, names: Collection[str], parameters: Mapping[str, str]
    ) -> Mapping[str, RunState]:
        storage = self._instance.run_storage
        if not names:
            return {}
        if not isinstance(storage, SqlRunStorage):
            raise TypeError(f"{type(storage).__name__} is not the SQL storage of dagster.yaml")
        with storage.connect() as connection:
            rows = connection.execute(query, {"names": list(names), **parameters}).all()
        return {
            row.key: RunState(
                row.run_id,
                _PHASES.get(DagsterRunStatus(row.status), RunPhase.WAITING),
                _moment(row.start_time),
                _moment(row.end_time),
            )
            for row in rows
        }


def _moment(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def _said(entry: EventLogEntry) -> str | None:
    event = entry.dagster_event
    return (event.message if event else entry.user_message) or None
