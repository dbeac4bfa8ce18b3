"""The arithmetic of calibration: error rates, thresholds, and how sure one can be of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

RESAMPLES: Final = 500
LEAST_ERRORS: Final = 10
"""A rate is claimed only if so many trials would err at it: with fewer it is mostly chance."""


@dataclass(frozen=True, slots=True)
class Trials:
    """Scored trials that should score high (`same`) and low (`other`), and who took part in each.

    `same_groups` has shape (trials,), `other_groups` (trials, 2): whoever is drawn again when the
    trials are resampled, a speaker or a source of recordings.
    """

    same: Numbers
    other: Numbers
    same_groups: NDArray[np.int64]
    other_groups: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Measured:
    """What the trials say. Rates are shares of one; `low` and `high` bound the EER with 95 %."""

    eer: float
    low: float
    high: float
    upper: float
    lower: float
    missed: float
    false_accepted: float
    slope: float
    intercept: float


def least_target(others: int) -> float:
    """The smallest rate of false accepts that so many trials allow to speak of."""
    return LEAST_ERRORS / others if others else 1.0


def measure(trials: Trials, *, target: float, seed: int) -> Measured:
    """Error rates, the thresholds for a rate of false accepts, and a map from score to odds.

    One threshold leaves at most `target` of the other trials above it, one at most that share of
    the same below it; `upper` is the stricter of the two. What is between them is undecided,
    whether the two kinds overlap there or nothing was seen there at all.
    """
    same, other = np.sort(trials.same), np.sort(trials.other)
    refuses = float(np.nextafter(other[-1 - int(target * len(other))], np.inf))
    accepts = float(same[int(target * len(same))])
    upper, lower = max(refuses, accepts), min(refuses, accepts)
    low, high = _interval(trials, seed)
    slope, intercept = fit_odds(same, other)
    return Measured(
        eer=equal_error_rate(same, other),
        low=low,
        high=high,
        upper=upper,
        lower=lower,
        missed=float(np.mean(same < upper)),
        false_accepted=float(np.mean(other >= upper)),
        slope=slope,
        intercept=intercept,
    )


def equal_error_rate(
    same: Numbers, other: Numbers, weights: tuple[Numbers, Numbers] | None = None
) -> float:
    """The rate at which as many of the same are missed as others accepted."""
    scores = np.concatenate([same, other])
    by_same, by_other = weights or (np.ones(len(same)), np.ones(len(other)))
    order = np.argsort(scores, kind="stable")
    misses = np.concatenate([by_same, np.zeros(len(other))])[order]
    accepts = np.concatenate([np.zeros(len(same)), by_other])[order]
    missed = np.concatenate([[0.0], np.cumsum(misses)]) / max(by_same.sum(), 1e-12)
    accepted = 1 - np.concatenate([[0.0], np.cumsum(accepts)]) / max(by_other.sum(), 1e-12)
    place = int(np.argmin(np.abs(missed - accepted)))
    return float((missed[place] + accepted[place]) / 2)


def _interval(trials: Trials, seed: int) -> tuple[float, float]:
    """The middle 95 % of the EER over draws of the groups, for trials of one group are alike."""
    chance = np.random.default_rng(seed)
    groups = int(max(trials.same_groups.max(), trials.other_groups.max())) + 1
    found: list[float] = []
    for _ in range(RESAMPLES):
        drawn = np.bincount(chance.integers(groups, size=groups), minlength=groups).astype(float)
        same = drawn[trials.same_groups]
        first, second = trials.other_groups.T
        other = np.where(first == second, drawn[first], drawn[first] * drawn[second])
        if same.sum() and other.sum():
            found.append(equal_error_rate(trials.same, trials.other, (same, other)))
    low, high = np.quantile(found, [0.025, 0.975])
    fewest = min(len(trials.same), len(trials.other))
    if equal_error_rate(trials.same, trials.other) < 1 / fewest:
        # Draws of trials without an error hold none either; the rule of three says what may be.
        high = max(float(high), min(1.0, 3 / fewest))
    return float(low), float(high)


def fit_odds(same: Numbers, other: Numbers) -> tuple[float, float]:
    """Slope and intercept of the log odds of being the same, both kinds weighing alike.

    Logistic regression by Newton's method, held back a little so that kinds that lie apart have a
    finite slope too.
    """
    scores = np.concatenate([same, other])
    wanted = np.concatenate([np.ones(len(same)), np.zeros(len(other))])
    weights = np.concatenate(
        [np.full(len(same), 0.5 / len(same)), np.full(len(other), 0.5 / len(other))]
    )
    centre, width = float(scores.mean()), float(scores.std()) or 1.0
    design = np.stack([(scores - centre) / width, np.ones(len(scores))], axis=1)
    held = np.diag([1e-4, 0.0])
    found = np.zeros(2)
    for _ in range(50):
        odds = 1 / (1 + np.exp(-np.clip(design @ found, -30, 30)))
        gradient = design.T @ (weights * (odds - wanted)) + held @ found
        curve = (design * (weights * odds * (1 - odds))[:, None]).T @ design + held
        step = np.linalg.solve(curve + 1e-9 * np.eye(2), gradient)
        found = found - step
        if np.abs(step).max() < 1e-9:
            break
    slope = float(found[0]) / width
    return slope, float(found[1]) - slope * centre


def index_of(names: Sequence[str]) -> Callable[[str], int]:
    """A number for each name."""
    places = {name: place for place, name in enumerate(sorted(set(names)))}
    return places.__getitem__
