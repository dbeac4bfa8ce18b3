"""The calendar as one object: what jobs, sensors and commands are given."""

from dataclasses import dataclass
from datetime import timedelta

from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.services.calendar.dead_letters import DeadLetters
from kordant_pipelines.services.calendar.dispatch import Dispatch
from kordant_pipelines.services.calendar.events import Events
from kordant_pipelines.services.calendar.outcomes import Outcomes
from kordant_pipelines.services.calendar.periods import Periods
from kordant_pipelines.services.calendar.schedules import Schedules
from kordant_pipelines.services.calendar.view import CalendarView
from kordant_pipelines.storage.database import Database


@dataclass(frozen=True, slots=True)
class Calendar:
    """Its parts, by what they do to the owed runs of one domain database."""

    periods: Periods
    events: Events
    dispatch: Dispatch
    outcomes: Outcomes
    dead_letters: DeadLetters
    schedules: Schedules
    view: CalendarView

    @classmethod
    def of(
        cls,
        database: Database,
        clock: Clock,
        *,
        queue_depth: int,
        retry_delays: tuple[timedelta, ...],
    ) -> "Calendar":
        """Wire it up."""
        return cls(
            periods=Periods(database, clock),
            events=Events(database, clock),
            dispatch=Dispatch(database, clock, queue_depth=queue_depth),
            outcomes=Outcomes(database, clock, delays=retry_delays),
            dead_letters=DeadLetters(database, clock),
            schedules=Schedules(database, clock),
            view=CalendarView(database, clock),
        )
