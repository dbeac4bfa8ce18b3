"""Due times are worked out twice, in Python and in SQL, and must agree to the second."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import product

import pytest
from sqlalchemy import text

from kordant_pipelines.domain.calendar.cadences import CADENCES, Cadence
from kordant_pipelines.domain.calendar.periods import WHOLE_DAY, Period, Window, due_at, period_at
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.services.calendar.owing import DUE_AT, due_parameters
from kordant_pipelines.storage.database import Database
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.services.calendar.desk import Desk

WINDOWS = (WHOLE_DAY, Window(3600, 19_800), Window(86_399, 86_400), Window(0, 1))
MOMENTS = (
    datetime(2026, 11, 24, tzinfo=UTC),
    datetime(2028, 2, 29, tzinfo=UTC),
    datetime(2026, 12, 31, tzinfo=UTC),
)
CLOCKS_CHANGE = (datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC))


def _in_sql(database: Database, job: Job, period: Period, window: Window) -> Mapping[str, datetime]:
    with database.transaction() as session:
        rows = session.execute(
            text(f"SELECT s.id, {DUE_AT} AS due_at FROM subscriptions s"),  # noqa: S608 - a constant
            due_parameters(job, period, window),
        )
        return {row.id: row.due_at for row in rows}


def test_sql_and_python_agree(desk: Desk) -> None:
    ids = desk.sell(*(f"sub_{secrets.token_hex(10)}" for _ in range(300)), "s", "sub_é:x", "x" * 36)
    for job, cadence, window, moment in product(CADENCES, Cadence, WINDOWS, MOMENTS):
        period = period_at(cadence, moment)
        expected = {id_: due_at(period, window, job, id_) for id_ in ids}
        assert _in_sql(desk.database, job, period, window) == expected


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York"])
def test_the_zone_of_the_session_does_not_matter(
    database: Database, clock: HandClock, zone: str
) -> None:
    """A server that others manage has what zone it likes, and a client's PGTZ overrides it."""
    desk = Desk.on(database, clock)
    ids = desk.sell(*(f"sub_{n:03}" for n in range(200)))
    with desk.database.transaction() as session:
        name = session.execute(text("SELECT current_database()")).scalar_one()
        session.execute(text(f"ALTER DATABASE {name} SET timezone = '{zone}'"))
    desk.database.close()  # a new setting is for new connections
    for cadence, moment in product(Cadence, CLOCKS_CHANGE):
        period = period_at(cadence, moment)
        expected = {id_: due_at(period, WHOLE_DAY, Job.DARKWATCH, id_) for id_ in ids}
        assert _in_sql(desk.database, Job.DARKWATCH, period, WHOLE_DAY) == expected


def test_what_an_opened_period_owes_is_due_when_python_says(desk: Desk) -> None:
    ids = desk.sell(*(f"sub_{n:03}" for n in range(50)), tier=Tier.PLUS)
    for job in (Job.DARKWATCH, Job.HOMETITLE):
        opening = desk.calendar.periods.open(job, Tier.PLUS)
        owed = {row.subscription_id: row.due_at for row in desk.rows(job=job)}
        assert owed == {id_: due_at(opening.period, WHOLE_DAY, job, id_) for id_ in ids}
