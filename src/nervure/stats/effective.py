"""How many independent observations a series of dependent ones is worth.

The variance of a mean of n dependent values is inflation * variance / n, where inflation is the long-run variance over
the variance of one value. Tests and intervals that divide by n / inflation keep their level on autocorrelated series.
"""

import math

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
# Longer series are looked at as means of blocks: the long-run variance is the same, and the work stays small.
MOST_VALUES = 20_000
# Fewer values than this say too little about their own order.
FEWEST = 30
# A sample is looked at in so many pieces at most, each of this many values at least.
MOST_PIECES, FEWEST_IN_PIECE = 8, 100
# How sure block means must be before they overrule the autoregression.
SURE = 0.999


def inflation(values: ArrayLike) -> float:
    """How many dependent values are worth one independent value; at least 1, and 1 for fewer than 30 values.

    values: in the order of their time, without NaN. The long-run variance is that of an autoregression whose order
    the data choose (den Haan and Levin 1997; Berk 1974): for independent values the order is 0 and nothing is lost. What
    short autoregressions do not see (weak dependence over long stretches, bursts, clusters that follow each other) shows
    in the variance of block means, which is taken instead where it is larger beyond doubt.
    """
    held = np.asarray(values, np.float64)
    n = len(held)
    if n < FEWEST:
        return 1.0
    variance, mean = float(held.var()), float(held.mean())
    # What rounding leaves of a constant is no variance.
    if variance <= 1e-20 * mean * mean or not math.isfinite(variance):
        return 1.0
    held = _level_taken_out(held)
    width = max(1, n // MOST_VALUES)
    if width > 1:
        held = block_means(held, width)
    found = width * _long_run_variance(held, len(held) / _pieces(len(held))) / variance
    return max(1.0, _blocks(held, width, variance, found))


def effective_size(values: ArrayLike) -> float:
    """n / inflation."""
    held = np.asarray(values, np.float64)
    return len(held) / inflation(held)


def block_means(values: Array, width: int) -> Array:
    """Means of blocks of `width` values; what is left over at the end is left out."""
    count = len(values) // width
    found: Array = values[: count * width].reshape(count, width).mean(axis=1)
    return found


def _pieces(n: int) -> int:
    return min(MOST_PIECES, max(1, n // FEWEST_IN_PIECE))


def _level_taken_out(values: Array) -> Array:
    """Less the mean of each of a few pieces: a lasting change in the middle of a sample is no dependence between neighbours.

    What lasts longer than a piece is thereby taken for a change, which no test can tell from dependence anyway.
    """
    edges = np.linspace(0, len(values), _pieces(len(values)) + 1).astype(int)
    means = np.add.reduceat(values, edges[:-1]) / np.diff(edges)
    return values - np.repeat(means, np.diff(edges))


def _long_run_variance(values: Array, piece: float) -> float:
    """Of values less the mean of pieces so long: that takes LRV / piece from each autocovariance, which is given back."""
    lags = max(1, min(int(10 * math.log10(len(values))), len(values) // 10))
    gamma = np.array([float(values[: len(values) - lag] @ values[lag:]) / len(values) for lag in range(lags + 1)])
    found = _of_autoregression(gamma, len(values))
    if found <= gamma[0]:
        return found
    for _ in range(2):
        found = min(_of_autoregression(gamma + found / piece, len(values)), 2 * found)
    return found


def _of_autoregression(gamma: Array, n: int) -> float:
    """sigma^2 / (1 - sum of coefficients)^2 of an autoregression (Levinson and Durbin).

    BIC says whether neighbours depend on each other at all; when they do, AIC says how far, because too short an
    autoregression sees too little and alarms too often.
    """
    if gamma[0] <= 0:
        return 0.0
    error, coefficients = float(gamma[0]), np.zeros(0)
    best_bic = best_aic = n * math.log(error)
    best, is_dependent = error, False
    for order in range(1, len(gamma)):
        reflection = (
            (gamma[order] - float(coefficients @ gamma[order - 1 : 0 : -1])) / error if order > 1 else gamma[1] / error
        )
        coefficients = np.append(coefficients - reflection * coefficients[::-1], reflection)
        error *= 1 - reflection**2
        if error <= 1e-12 * gamma[0]:
            # As good as deterministic: one observation, however long.
            return float(gamma[0]) * n
        likely = n * math.log(error)
        is_dependent = is_dependent or likely + order * math.log(n) < best_bic
        if likely + 2 * order < best_aic:
            # A finite series cannot be worth less than one observation.
            gain = max(1 - float(coefficients.sum()), 1 / n)
            best_aic, best = likely + 2 * order, min(error / gain**2, float(gamma[0]) * n)
    return best if is_dependent else float(gamma[0])


def _blocks(held: Array, width: int, variance: float, found: float) -> float:
    """The largest inflation that block means of some length show beyond doubt; `found` when none does."""
    n, length = len(held), 4
    while n // length >= FEWEST:
        means = block_means(held, length)
        freedom = len(means) - 1
        shown = width * length * float(means.var(ddof=1)) / variance
        if shown > found * float(scipy.stats.chi2.ppf(SURE, freedom)) / freedom:
            found = shown
        length *= 2
    return found
