"""How each job of each tier is to run now: the tier's own way, or an operator's."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from kordant_pipelines.domain.calendar.cadences import CADENCES, PAIRS, Cadence
from kordant_pipelines.domain.calendar.periods import WHOLE_DAY, Window
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.storage.models import ScheduleConfigRow


@dataclass(frozen=True, slots=True)
class Plan:
    """A job of a tier: how often, in which part of the day, and whether at all."""

    job: Job
    tier: Tier
    cadence: Cadence
    window: Window = WHOLE_DAY
    enabled: bool = True

    @property
    def is_own(self) -> bool:
        """Whether it is the tier's own way."""
        return self == Plan(self.job, self.tier, CADENCES[self.job][self.tier])


def planning(session: Session) -> Mapping[tuple[Job, Tier], Plan]:
    """The plans, for a transaction that is to change what is owed: one such at a time.

    One that still held an older plan would undo what another had just planned by a newer.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('kordant calendar'))"))
    return load_plans(session)


def load_plans(session: Session) -> Mapping[tuple[Job, Tier], Plan]:
    """The plan of every job and tier that has a cadence."""
    rows = {(row.job, row.tier): row for row in session.scalars(select(ScheduleConfigRow))}
    return {pair: _plan(*pair, rows.get(pair)) for pair in PAIRS}


def _plan(job: Job, tier: Tier, row: ScheduleConfigRow | None) -> Plan:
    own = CADENCES[job][tier]
    if row is None:
        return Plan(job, tier, own)
    window = WHOLE_DAY
    if row.window_start is not None and row.window_end is not None:
        window = Window(row.window_start, row.window_end)
    return Plan(job, tier, row.cadence or own, window, row.enabled)
