"""Forecast of a series with a season: additive Holt-Winters with a damped trend, with prediction intervals.

ETS(A,Ad,A) of Hyndman, Koehler, Ord and Snyder, "Forecasting with Exponential Smoothing" (2008): recursion (3.4),
variance of the forecast h steps ahead as in table 6.1, s^2 (1 + sum_{j<h} c_j^2) with c_j = alpha + beta (phi + ... +
phi^j) + gamma [m divides j]. The trend is damped (Gardner and McKenzie 1985) because a straight line drawn through a
week and followed for a month promises nonsense. Smoothing weights minimise the squared one-step errors.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from nervure.query.intervals import student_t

# Below this a mean has no spread worth the name.
LEAST_FOR_MEAN = 3
# Below two whole seasons a season cannot be told from chance.
LEAST_SEASONS = 2
# alpha, beta, gamma and the states that are estimated from the first seasons take degrees of freedom.
WEIGHTS = 3
ALPHAS = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9)
# As shares of their bounds: beta in (0, alpha), gamma in (0, 1 - alpha).
BETA_SHARES = (0.0, 0.05, 0.2)
GAMMA_SHARES = (0.02, 0.1, 0.3)
PHI = 0.9


@dataclass(frozen=True, slots=True)
class Outlook:
    """points: (expected, low, high) of each step ahead. total: the same of their sum. level of the intervals: 95 %."""

    points: list[tuple[float, float, float]]
    total: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class State:
    """Where the recursion has come to. season[k]: effect of the step whose place in the season is k."""

    level: float
    slope: float
    season: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Weights:
    alpha: float
    beta: float
    gamma: float


def forecast(values: Sequence[float], season: int, steps: int, least: float | None = 0.0) -> Outlook | None:
    """What follows `values`, given in equal steps of time without gaps; None below two whole seasons.

    season: steps in one season. steps: how many to look ahead, at least 1. least: what no value can lie below.
    Errors of steps ahead are correlated, so the total's interval is not the sum of the points' intervals.
    """
    if season < 2 or steps < 1:
        raise ValueError(f"a season has at least 2 steps and an outlook at least 1, got {season} and {steps}")
    if len(values) < LEAST_SEASONS * season:
        return None
    weights, state, errors = _fit(values, season)
    freedom = max(1, len(values) - WEIGHTS - season - 1)
    deviation = math.sqrt(errors / freedom)
    spread = student_t(freedom) * deviation
    expected = _ahead(state, len(values), season, steps)
    effects = _effects(weights, season, steps)
    points = []
    variance = 0.0
    for step, value in enumerate(expected):
        variance += effects[step] ** 2
        points.append(_bounded(value, spread * math.sqrt(variance), least))
    # The error of each future step reaches all the steps after it: sum over those, then over the independent errors.
    reach = list(itertools.accumulate(effects))
    total = _bounded(sum(value for value, _, _ in points), spread * math.sqrt(sum(one * one for one in reach)), least)
    return Outlook(points, total)


def mean_forecast(values: Sequence[float], steps: int, least: float | None = 0.0) -> Outlook | None:
    """The mean goes on: the benchmark method where no season can be learned yet; None below LEAST_FOR_MEAN values.

    Hyndman and Athanasopoulos, "Forecasting: Principles and Practice" (3rd ed., 2021), 5.2 and 5.5: the error of a
    step is s sqrt(1 + 1/n); that of the sum of k steps is s sqrt(k + k^2/n), because all share the error of the mean.
    """
    n = len(values)
    if n < LEAST_FOR_MEAN:
        return None
    mean = sum(values) / n
    deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / (n - 1))
    spread = student_t(n - 1) * deviation
    point = _bounded(mean, spread * math.sqrt(1 + 1 / n), least)
    total = _bounded(mean * steps, spread * math.sqrt(steps + steps * steps / n), least)
    return Outlook([point] * steps, total)


def _fit(values: Sequence[float], season: int) -> tuple[Weights, State, float]:
    """The best weights of the grid, the state after the last value, and the sum of squared one-step errors."""
    start = _start(values, season)
    best: tuple[float, Weights, State] | None = None
    for alpha, beta_share, gamma_share in itertools.product(ALPHAS, BETA_SHARES, GAMMA_SHARES):
        weights = Weights(alpha, alpha * beta_share, (1 - alpha) * gamma_share)
        errors, state = _run(values, season, weights, start)
        if best is None or errors < best[0]:
            best = (errors, weights, state)
    if best is None:
        raise ValueError("the grid of weights is empty")
    return best[1], best[2], best[0]


def _start(values: Sequence[float], season: int) -> State:
    """First state: mean of the first season, and the mean deviation of each place from its own season's mean."""
    whole = len(values) // season
    means = [sum(values[at * season : (at + 1) * season]) / season for at in range(whole)]
    effects = tuple(
        sum(values[at * season + place] - means[at] for at in range(whole)) / whole for place in range(season)
    )
    return State(means[0], 0.0, effects)


def _run(values: Sequence[float], season: int, weights: Weights, start: State) -> tuple[float, State]:
    level, slope, effects = start.level, start.slope, list(start.season)
    errors = 0.0
    for at, value in enumerate(values):
        place = at % season
        error = value - (level + PHI * slope + effects[place])
        level += PHI * slope + weights.alpha * error
        slope = PHI * slope + weights.beta * error
        effects[place] += weights.gamma * error
        errors += error * error
    return errors, State(level, slope, tuple(effects))


def _ahead(state: State, begun: int, season: int, steps: int) -> list[float]:
    made = []
    damped = 0.0
    for step in range(1, steps + 1):
        damped += PHI**step
        made.append(state.level + damped * state.slope + state.season[(begun + step - 1) % season])
    return made


def _effects(weights: Weights, season: int, steps: int) -> list[float]:
    """How much an error of one step is still felt 0, 1, 2... steps later."""
    made = [1.0]
    damped = 0.0
    for lag in range(1, steps):
        damped += PHI**lag
        made.append(weights.alpha + weights.beta * damped + (weights.gamma if lag % season == 0 else 0.0))
    return made


def _bounded(value: float, spread: float, least: float | None) -> tuple[float, float, float]:
    if least is None:
        return value, value - spread, value + spread
    return max(least, value), max(least, value - spread), max(least, value + spread)
