"""The product's promise: how often each tier's jobs run. The one place where it is written."""

from collections.abc import Mapping
from enum import StrEnum

from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier


class Cadence(StrEnum):
    """How often a job is owed; each divides time, in UTC, into periods."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


_SCANS = {Tier.BASIC: Cadence.MONTHLY, Tier.PLUS: Cadence.WEEKLY, Tier.PREMIUM: Cadence.DAILY}

CADENCES: Mapping[Job, Mapping[Tier, Cadence]] = {
    Job.DARKWATCH: _SCANS,
    Job.HOMETITLE: _SCANS,
    Job.REPORTS: {Tier.PLUS: Cadence.MONTHLY, Tier.PREMIUM: Cadence.WEEKLY},
}
"""A pair that is not here is not sold: it is owed nothing, and nobody can make it be."""

PAIRS: tuple[tuple[Job, Tier], ...] = tuple(
    (job, tier) for job, tiers in CADENCES.items() for tier in tiers
)
"""Every job and tier that has a cadence."""

ON_PENDING_WORK: tuple[Job, ...] = (Job.VOICEPRINT, Job.REMOVALS, Job.NOTIFICATIONS)
"""These have no cadence: they run, on every tier, whenever there is work for them."""

REAL_TIME_TIER = Tier.PREMIUM
"""Who is scanned at once when a breach becomes known."""


def starts_at_once(job: Job) -> bool:
    """Whether a new subscription is owed the job at once rather than from its next whole period.

    A report tells of the period before it, which a new subscription has not had.
    """
    return job is not Job.REPORTS
