"""The score adds up, is bounded, and says what moved it."""

from hypothesis import given
from hypothesis import strategies as st

from kordant_pipelines.domain.reports.score import (
    FULL,
    WEIGHTS,
    Band,
    Factor,
    Score,
    ScoreLine,
    band,
    counted,
    points,
    score_of,
)
from kordant_pipelines.domain.severity import Severity

COUNTS = st.integers(0, 5000)
LINES = st.lists(
    st.builds(ScoreLine, st.sampled_from(Factor), COUNTS, COUNTS),
    unique_by=lambda line: line.factor,
    min_size=1,
).map(tuple)


@given(LINES)
def test_lines_and_their_changes_add_up(lines: tuple[ScoreLine, ...]) -> None:
    score = Score(lines)
    assert 0 <= score.value <= FULL
    assert score.value == FULL - sum(line.points_now for line in lines)
    assert score.change == sum(line.change or 0 for line in lines)
    assert score.before == score.value - (score.change or 0)


@given(st.sampled_from(Factor), COUNTS)
def test_one_more_never_raises_the_score(factor: Factor, count: int) -> None:
    assert score_of({factor: count + 1}) <= score_of({factor: count})
    assert ScoreLine(factor, None, count).at_limit == (
        points(factor, count + 1) == points(factor, count)
    )


def test_the_limits_together_are_the_whole_score() -> None:
    assert sum(weight.limit for weight in WEIGHTS.values()) == FULL
    assert score_of(dict.fromkeys(Factor, 10_000)) == 0


def test_where_a_line_was_not_known_before_there_is_no_change() -> None:
    score = Score((ScoreLine(Factor.HIGH, 1, 2), ScoreLine(Factor.LOW, None, 1)))
    assert (score.before, score.change) == (None, None)


def test_every_severity_counts_somewhere() -> None:
    counts = counted(dict.fromkeys(Severity, 1))
    assert sum(counts.values()) == len(Severity)
    assert counts[Factor.LOW] == 2


def test_bands() -> None:
    assert [band(value) for value in (100, 80, 79, 60, 59, 40, 39, 0)] == [
        Band.GOOD,
        Band.GOOD,
        Band.FAIR,
        Band.FAIR,
        Band.WEAK,
        Band.WEAK,
        Band.POOR,
        Band.POOR,
    ]
