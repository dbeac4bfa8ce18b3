"""Which queued runs start next."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from kordant_pipelines.domain.calendar.owed import SWEEP
from kordant_pipelines.domain.fair_share import Claimant, kept_free, next_to_start

PREMIUM, BASIC = -10, -30

claimants = st.lists(
    st.builds(
        Claimant,
        run_id=st.uuids().map(str),
        job=st.sampled_from(["scan", "report", "removal"]),
        priority=st.sampled_from([30, 0, PREMIUM, SWEEP, BASIC]),
    ),
    max_size=30,
    unique_by=lambda claimant: claimant.run_id,
)


def _many(count: int, job: str, priority: int) -> list[Claimant]:
    return [Claimant(f"{job}-{priority}-{n}", job, priority) for n in range(count)]


def test_a_premium_run_finds_a_slot_though_a_sweep_has_begun() -> None:
    sweep = _many(50, "scan", BASIC)
    running = next_to_start(sweep, [], slots=4)
    assert running == sweep[:3]
    premium = _many(1, "scan", PREMIUM)
    assert next_to_start(sweep[3:] + premium, running, slots=4) == premium


def test_a_premium_run_that_came_last_goes_first() -> None:
    premium = _many(2, "scan", PREMIUM)
    chosen = next_to_start(_many(50, "scan", BASIC) + premium, [], slots=4)
    assert chosen[:2] == premium
    assert [claimant.priority for claimant in chosen[2:]] == [BASIC, BASIC]


def test_jobs_of_one_priority_share_the_slots_though_one_s_queue_is_long() -> None:
    queued = _many(50, "removal", PREMIUM) + _many(3, "scan", PREMIUM)
    chosen = next_to_start(queued, [], slots=8)
    assert Counter(claimant.job for claimant in chosen) == {"removal": 5, "scan": 3}
    running = _many(6, "removal", PREMIUM)
    assert [c.job for c in next_to_start(queued, running, slots=8)] == ["scan", "scan"]


def test_a_single_slot_is_anyone_s() -> None:
    sweep = _many(2, "scan", BASIC)
    assert next_to_start(sweep, [], slots=1) == sweep[:1]


@given(queued=claimants, running=claimants, slots=st.integers(1, 12))
def test_what_holds_for_any_queue(
    queued: list[Claimant], running: list[Claimant], slots: int
) -> None:
    chosen = next_to_start(queued, running, slots)
    assert len(set(chosen)) == len(chosen)
    assert set(chosen) <= set(queued)
    assert len(chosen) <= max(0, slots - len(running))
    assert [c.priority for c in chosen] == sorted((c.priority for c in chosen), reverse=True)
    sweeps = sum(c.priority <= SWEEP for c in chosen)
    if sweeps:
        assert sweeps + sum(c.priority <= SWEEP for c in running) <= slots - kept_free(slots)
    passed_over = set(queued) - set(chosen)
    if len(chosen) < slots - len(running):
        assert all(claimant.priority <= SWEEP for claimant in passed_over), "no slot idles"
    for job in ("scan", "report", "removal"):
        for priority in {claimant.priority for claimant in queued}:
            of_job = [c for c in queued if (c.job, c.priority) == (job, priority)]
            taken = [c for c in chosen if (c.job, c.priority) == (job, priority)]
            assert taken == of_job[: len(taken)], "the oldest of a job goes first"
