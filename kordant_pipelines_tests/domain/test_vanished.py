"""When a run counts as vanished."""

import pytest

from kordant_pipelines.domain.vanished import (
    PATIENCE_BEGUN,
    PATIENCE_ORPHANED,
    PATIENCE_STARTING,
    UnderWay,
    Watch,
    Whereabouts,
)

STARTED = UnderWay("run-1", "task-1", has_begun=True)
STARTING = UnderWay("run-2", "task-2", has_begun=False)
NEVER_SENT = UnderWay("run-3", None, has_begun=False)
NOWHERE = Whereabouts(held=(), orphaned=(), waiting=())
A_MOMENT = 0.1


def _ended(watch: Watch, runs: list[UnderWay], whereabouts: Whereabouts, now: float) -> set[str]:
    return {run.run_id for run in watch.look(runs, whereabouts, now)}


@pytest.mark.parametrize(
    ("run", "whereabouts", "patience"),
    [
        (STARTED, NOWHERE, PATIENCE_BEGUN),
        (STARTING, NOWHERE, PATIENCE_STARTING),
        (NEVER_SENT, NOWHERE, PATIENCE_STARTING),
        (STARTED, Whereabouts((), {"task-1"}, ()), PATIENCE_ORPHANED),
        (STARTING, Whereabouts((), {"task-2"}, ()), PATIENCE_ORPHANED),
        (STARTED, Whereabouts((), (), {"task-1"}), PATIENCE_BEGUN),  # a second delivery is no life
        (STARTED, Whereabouts((), (), None), PATIENCE_BEGUN),
    ],
)
def test_what_is_nowhere_for_long_enough_has_vanished(
    run: UnderWay, whereabouts: Whereabouts, patience: float
) -> None:
    watch = Watch()
    assert watch.look([run], whereabouts, 100.0) == []
    assert watch.look([run], whereabouts, 100.0 + patience - A_MOMENT) == []
    assert watch.look([run], whereabouts, 100.0 + patience) == [run]


@pytest.mark.parametrize(
    ("run", "whereabouts"),
    [
        (STARTED, Whereabouts({"task-1"}, (), ())),
        (STARTED, Whereabouts({"task-1"}, {"task-1"}, ())),
        (STARTING, Whereabouts({"task-2"}, (), ())),
        (STARTING, Whereabouts((), (), {"task-2"})),
        (STARTING, Whereabouts((), (), None)),
        (NEVER_SENT, Whereabouts((), (), None)),
    ],
)
def test_what_is_somewhere_or_cannot_be_known_is_left_alone(
    run: UnderWay, whereabouts: Whereabouts
) -> None:
    watch = Watch()
    assert [watch.look([run], whereabouts, now) for now in (0.0, 1000.0, 2000.0)] == [[], [], []]


def test_a_run_seen_in_between_is_missed_anew() -> None:
    watch = Watch()
    there = Whereabouts({"task-1"}, (), ())
    assert watch.look([STARTED], NOWHERE, 0.0) == []
    assert watch.look([STARTED], there, PATIENCE_BEGUN) == []
    assert watch.look([STARTED], NOWHERE, 2 * PATIENCE_BEGUN) == []
    assert watch.look([STARTED], NOWHERE, 3 * PATIENCE_BEGUN) == [STARTED]


def test_what_was_missed_before_a_time_of_which_nothing_is_known_does_not_count() -> None:
    watch = Watch()
    assert watch.look([STARTED], NOWHERE, 0.0) == []
    watch.forget()
    assert watch.look([STARTED], NOWHERE, 100.0) == []


def test_one_run_s_absence_says_nothing_of_another() -> None:
    watch = Watch()
    assert _ended(watch, [STARTED], NOWHERE, 0.0) == set()
    assert _ended(watch, [STARTED, STARTING, NEVER_SENT], NOWHERE, PATIENCE_BEGUN) == {"run-1"}
    late = PATIENCE_BEGUN + PATIENCE_STARTING
    assert _ended(watch, [STARTING, NEVER_SENT], NOWHERE, late) == {"run-2", "run-3"}
