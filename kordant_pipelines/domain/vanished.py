"""When a run has vanished: it neither waits in the broker nor is held by a worker that lives."""

from collections.abc import Collection
from dataclasses import dataclass

SILENT_AFTER = 5.0
"""Seconds without a beat after which a worker counts as dead; they beat each second."""

SETTLING = 10.0
"""Seconds after a start of Postgres in which nobody is judged: workers could not beat before."""

PATIENCE_ORPHANED = 1.5
"""Seconds for which a run of a dead worker must be missed, so that one late look is no verdict."""

PATIENCE_BEGUN = 2.5
"""Seconds for which a run that has begun must be missed: its worker may beat a second late."""

PATIENCE_STARTING = 15.0
"""Seconds for which one that has not begun must be missed: its launch may wait for the broker."""


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A run on record as launched and not ended; `task_id` is None if it was never handed over."""

    run_id: str
    task_id: str | None
    has_begun: bool


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The ids of tasks, by where they are: with workers that live, with dead ones, in the broker.

    `waiting` is None if the broker did not answer.
    """

    held: Collection[str]
    orphaned: Collection[str]
    waiting: Collection[str] | None


class Watch:
    """Remembers since when each run has been missed."""

    def __init__(self) -> None:
        self._missed_since: dict[str, float] = {}

    def forget(self) -> None:
        """Start anew: for a while nothing could be known."""
        self._missed_since.clear()

    def look(
        self, runs: Collection[UnderWay], whereabouts: Whereabouts, now: float
    ) -> list[UnderWay]:
        """Those of these runs that have vanished. `now` counts seconds from any moment.

        A run that has not begun may wait in the broker: while that does not answer, it is not
        judged.
        """
        missed = {run.run_id: run for run in runs if _is_missed(run, whereabouts)}
        self._missed_since = {id_: self._missed_since.get(id_, now) for id_ in missed}
        return [
            run
            for id_, run in missed.items()
            if now - self._missed_since[id_] >= _patience(run, whereabouts)
        ]


def _is_missed(run: UnderWay, whereabouts: Whereabouts) -> bool:
    if run.task_id in whereabouts.held:
        return False
    if run.has_begun or run.task_id in whereabouts.orphaned:
        return True
    return whereabouts.waiting is not None and run.task_id not in whereabouts.waiting


def _patience(run: UnderWay, whereabouts: Whereabouts) -> float:
    if run.task_id in whereabouts.orphaned:
        return PATIENCE_ORPHANED
    return PATIENCE_BEGUN if run.has_begun else PATIENCE_STARTING
