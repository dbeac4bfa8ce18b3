"""The tier table, said once more, so that nobody changes the product by accident."""

import pytest

from kordant_pipelines.domain.calendar.cadences import (
    CADENCES,
    ON_PENDING_WORK,
    PAIRS,
    REAL_TIME_TIER,
    Cadence,
    starts_at_once,
)
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier

TABLE = """
                    basic     plus      premium
darkwatch_scan      monthly   weekly    daily
hometitle_scan      monthly   weekly    daily
reports_generate    -         monthly   weekly
"""


def test_the_tier_table() -> None:
    heads, *lines = TABLE.strip().splitlines()
    table = {
        Job(job): {
            Tier(tier): Cadence(cadence)
            for tier, cadence in zip(heads.split(), cadences, strict=True)
            if cadence != "-"
        }
        for job, *cadences in map(str.split, lines)
    }
    assert {job: dict(tiers) for job, tiers in CADENCES.items()} == table


def test_pairs_are_the_table_flat() -> None:
    assert len(PAIRS) == len(set(PAIRS)) == 8
    assert set(PAIRS) == {(job, tier) for job, tiers in CADENCES.items() for tier in tiers}
    assert (Job.REPORTS, Tier.BASIC) not in PAIRS


def test_every_job_has_a_cadence_or_waits_for_work() -> None:
    assert set(ON_PENDING_WORK) == {Job.VOICEPRINT, Job.REMOVALS, Job.NOTIFICATIONS}
    assert set(CADENCES) | set(ON_PENDING_WORK) == set(Job)
    assert not set(CADENCES) & set(ON_PENDING_WORK)


def test_only_premium_is_watched_in_real_time() -> None:
    assert REAL_TIME_TIER is Tier.PREMIUM


@pytest.mark.parametrize("job", Job)
def test_all_but_reports_start_at_once(job: Job) -> None:
    assert starts_at_once(job) is (job is not Job.REPORTS)
