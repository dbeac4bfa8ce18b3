"""Workers' beats and claims, on real Postgres."""

from collections.abc import Sequence

from sqlalchemy import text

from kordant_pipelines.domain.vanished import SILENT_AFTER
from kordant_pipelines.services.workers import Beat, Workers
from kordant_pipelines.storage.database import Database
from kordant_pipelines_tests.at_once import at_once


def _beats(workers: Workers) -> Sequence[Beat]:
    beats = workers.beats()
    assert beats is not None
    return beats


def let_pass(database: Database, seconds: float) -> None:
    """Make everything on record that many seconds older."""
    with database.connection() as connection:
        for column, table in (("beat_at", "workers"), ("claimed_at", "task_claims")):
            connection.execute(
                text(f"UPDATE {table} SET {column} = {column} - make_interval(secs => :seconds)"),  # noqa: S608 - ours
                {"seconds": seconds},
            )


def test_a_beat_tells_what_is_held_and_a_silent_worker_counts_as_dead(database: Database) -> None:
    workers = Workers(database, settling=0)
    workers.beat("a@host", slots=4, tasks={"t2", "t1"})
    [beat] = _beats(workers)
    assert (beat.worker_id, beat.slots, list(beat.tasks), beat.lives) == (
        "a@host",
        4,
        ["t1", "t2"],
        True,
    )
    assert workers.lives("a@host")
    assert not workers.lives("b@host")
    let_pass(database, SILENT_AFTER)
    assert not workers.lives("a@host")
    workers.beat("b@host", slots=1, tasks=())
    assert [(one.worker_id, one.lives, list(one.tasks)) for one in _beats(workers)] == [
        ("a@host", False, ["t1", "t2"]),
        ("b@host", True, []),
    ]
    workers.beat("a@host", slots=4, tasks={"t3"})
    assert [(one.lives, list(one.tasks)) for one in _beats(workers)] == [(True, ["t3"]), (True, [])]
    assert workers.left_by("a@host") == ["t3"]
    assert workers.left_by("a@host") == []
    workers.beat("c@host", slots=1, tasks=())
    workers.leave("c@host")
    assert [one.worker_id for one in _beats(workers)] == ["b@host"]


def test_nobody_is_judged_while_postgres_has_just_started(database: Database) -> None:
    workers = Workers(database, settling=86_400)
    workers.beat("a@host", slots=4, tasks=())
    assert workers.beats() is None


def test_a_task_is_claimed_once_however_many_ask_at_once(database: Database) -> None:
    workers = Workers(database)
    assert sorted(at_once(lambda _: workers.claim("task"), 4)) == [False] * 3 + [True]
    assert not workers.claim("task")
    assert workers.claim("another")


def test_what_is_old_is_forgotten_but_for_the_worker_heard_of_last(database: Database) -> None:
    workers = Workers(database, settling=0)
    workers.beat("older@host", slots=1, tasks={"t"})
    let_pass(database, 700)
    workers.beat("old@host", slots=1, tasks={"t"})
    workers.claim("old")
    let_pass(database, 700)
    workers.forget_old()
    assert [one.worker_id for one in _beats(workers)] == ["old@host"]
    assert 700 <= (workers.silent_seconds() or 0) < 800
    assert not workers.claim("old"), "a claim is kept for days"
    let_pass(database, 3 * 86_400)
    workers.beat("new@host", slots=1, tasks=())
    workers.forget_old()
    assert [one.worker_id for one in _beats(workers)] == ["new@host"]
    assert (workers.silent_seconds() or 0) < 5
    assert workers.claim("old")
