"""The run storage, read from beside the system."""

import time
from collections import Counter
from pathlib import Path

from sqlalchemy import text

from kordant_pipelines.runtime.layout import Layout
from kordant_pipelines.runtime.postgres import EmbeddedPostgres
from kordant_pipelines.storage.database import Database

_ENDED = ("SUCCESS", "FAILURE", "CANCELED")
_RUNS = text(
    "SELECT status, EXISTS (SELECT FROM run_tags t WHERE t.run_id = runs.run_id "
    "AND t.key = 'dagster/backfill') AS backfilled FROM runs"
)


def ended_runs(home: Path, expected: int, *, timeout: float = 120) -> dict[str, int]:
    """The runs of backfills, counted by status once `expected` of them have ended."""
    database = Database(EmbeddedPostgres(Layout(home)).url("dagster"))
    deadline = time.monotonic() + timeout
    try:
        while True:
            with database.connection() as connection:
                rows = connection.execute(_RUNS).all()
            counts = Counter(str(row.status) for row in rows if row.backfilled)
            if sum(counts[status] for status in _ENDED) >= expected:
                return dict(counts)
            assert time.monotonic() < deadline, counts
            time.sleep(0.3)
    finally:
        database.close()
