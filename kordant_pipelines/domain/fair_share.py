"""Which queued runs start next: the urgent first, every job in turn, sweeps never everywhere."""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass

from kordant_pipelines.domain.calendar.owed import SWEEP


@dataclass(frozen=True, slots=True)
class Claimant:
    """A run that is queued or has a slot."""

    run_id: str
    job: str
    priority: int


def kept_free(slots: int) -> int:
    """How many of the slots a sweep never takes: a quarter, one at least if there are several.

    Whoever comes with something more urgent finds a slot at once, however long a sweep's runs
    take.
    """
    return max(1, slots // 4) if slots > 1 else 0


def next_to_start(
    queued: Iterable[Claimant], running: Iterable[Claimant], slots: int
) -> list[Claimant]:
    """Those of the queued runs, oldest first as given, that start now, in their order.

    The higher priority goes first. Among equals the job goes first that has the fewest slots, so
    that a job with a long queue does not keep another from running.
    """
    having = list(running)
    free = slots - len(having)
    sweeps_free = slots - kept_free(slots) - sum(claimant.priority <= SWEEP for claimant in having)
    slots_of = Counter(claimant.job for claimant in having)
    chosen: list[Claimant] = []
    by_priority: defaultdict[int, dict[str, deque[Claimant]]] = defaultdict(dict)
    for claimant in queued:
        by_priority[claimant.priority].setdefault(claimant.job, deque()).append(claimant)
    for priority in sorted(by_priority, reverse=True):
        waiting = by_priority[priority]
        while waiting and free > 0 and (priority > SWEEP or sweeps_free > 0):
            job = min(waiting, key=lambda job: slots_of[job])
            chosen.append(waiting[job].popleft())
            if not waiting[job]:
                del waiting[job]
            slots_of[job] += 1
            free -= 1
            sweeps_free -= priority <= SWEEP
    return chosen
