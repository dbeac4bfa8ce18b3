"""The arithmetic of calibration, against cases that can be counted by hand."""

import numpy as np
import pytest
from numpy.typing import NDArray

from kordant_pipelines.inference.calibration import (
    Trials,
    equal_error_rate,
    fit_odds,
    least_target,
    measure,
)

Numbers = NDArray[np.float64]


def _trials(same: Numbers, other: Numbers, groups: int = 10) -> Trials:
    return Trials(
        same=same,
        other=other,
        same_groups=np.arange(len(same), dtype=np.int64) % groups,
        other_groups=np.stack(
            [np.arange(len(other)) % groups, (np.arange(len(other)) + 1) % groups], axis=1
        ),
    )


def test_an_equal_error_rate_is_where_as_many_are_missed_as_accepted() -> None:
    same, other = np.array([0.2, 0.6, 0.7, 0.8, 0.9]), np.array([0.0, 0.1, 0.3, 0.4, 0.65])
    assert equal_error_rate(same, other) == pytest.approx(0.2)
    assert equal_error_rate(same, same) == pytest.approx(0.5, abs=0.1)
    assert equal_error_rate(np.array([1.0]), np.array([0.0])) == 0.0
    without_the_odd_ones = (np.array([0.0, 1, 1, 1, 1]), np.array([1.0, 1, 1, 1, 0]))
    assert equal_error_rate(same, other, without_the_odd_ones) == 0.0


def test_thresholds_hold_the_rates_they_are_for() -> None:
    chance = np.random.default_rng(2)
    same, other = chance.normal(0.7, 0.1, 2_000), chance.normal(0.3, 0.1, 20_000)
    found = measure(_trials(same, other), target=0.01, seed=1)
    assert found.false_accepted <= 0.01
    assert float(np.mean(same < found.lower)) <= 0.01
    assert found.lower <= found.upper
    assert found.low < found.eer < found.high
    assert found.eer == pytest.approx(0.0228, abs=0.005)  # two sigma from the middle


def test_where_the_kinds_lie_apart_what_is_between_is_undecided() -> None:
    found = measure(_trials(np.full(60, 0.9), np.full(600, 0.1)), target=0.02, seed=1)
    assert found.lower == pytest.approx(0.1)
    assert found.upper == pytest.approx(0.9)
    assert (found.eer, found.missed, found.false_accepted) == (0.0, 0.0, 0.0)
    assert found.high == pytest.approx(3 / 60)  # no error among sixty is no proof of none


def test_the_same_trials_give_the_same_interval() -> None:
    chance = np.random.default_rng(3)
    trials = _trials(chance.normal(0.6, 0.2, 300), chance.normal(0.3, 0.2, 900))
    assert measure(trials, target=0.05, seed=8) == measure(trials, target=0.05, seed=8)


def test_odds_grow_with_the_score_and_are_even_between_the_kinds() -> None:
    chance = np.random.default_rng(4)
    slope, intercept = fit_odds(chance.normal(0.7, 0.1, 4_000), chance.normal(0.3, 0.1, 9_000))
    assert slope == pytest.approx(40.0, rel=0.15)  # (0.7 - 0.3) / 0.1 squared
    assert -intercept / slope == pytest.approx(0.5, abs=0.02)
    apart, _ = fit_odds(np.full(50, 0.9), np.full(50, 0.1))
    assert 0 < apart < 1_000


def test_no_rate_is_claimed_that_would_be_seen_less_than_ten_times() -> None:
    assert least_target(9_000) == pytest.approx(0.0011, abs=1e-4)
    assert least_target(0) == 1.0
