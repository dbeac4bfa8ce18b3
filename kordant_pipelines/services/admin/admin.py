"""The admin's side as one object: what the web server is given."""

from dataclasses import dataclass

from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.services.admin.jobs import Jobs
from kordant_pipelines.services.admin.queue import Queues
from kordant_pipelines.services.admin.requests import Requests
from kordant_pipelines.services.calendar.calendar import Calendar
from kordant_pipelines.storage.database import Database


@dataclass(frozen=True, slots=True)
class Admin:
    """Its parts, on one domain database."""

    jobs: Jobs
    requests: Requests
    queues: Queues

    @classmethod
    def of(cls, database: Database, clock: Clock, calendar: Calendar) -> "Admin":
        """Wire it up."""
        return cls(
            jobs=Jobs(database, clock),
            requests=Requests(database, clock, calendar.dead_letters),
            queues=Queues(database, clock, calendar.dead_letters),
        )
