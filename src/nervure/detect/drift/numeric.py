"""Numbers: whether their level, their spread or the shape of their distribution has changed.

Level and spread are tested on normal scores of the pooled ranks (van der Waerden 1952; Capon 1961): as strong as
Student's t and the F test on normal data, stronger on heavy tails, and outliers cannot dominate. What else changes is
seen by Kolmogorov and Smirnov's distance. Dependence between rows enters by the inflation of the scores' variance.
"""

import math

import numpy as np
import scipy
from numpy.typing import NDArray

from nervure.detect.drift.cells import Cells, Moments
from nervure.detect.drift.result import Effect, Test
from nervure.stats.effective import blocks_of, inflation_of

Array = NDArray[np.float64]
WEIGHTS = {"level": 0.6, "spread": 0.15, "shape": 0.25}
TOLERANCE = {"mean_shift": 0.05, "superiority": 0.015, "spread_ratio": 0.05, "ks": 0.02}
# Half the width of the 95 % band around a distribution function, times the root of n (Kolmogorov's distribution).
BAND = 1.3581


def numeric_tests(cells: Cells, inflated: tuple[tuple[float, float], tuple[float, float]] | None = None) -> list[Test]:
    """Level, spread and shape. inflated: as `inflations` tells, which is asked when it is left out."""
    n, m = cells.n, cells.m
    level = _scores(cells)
    spread = level**2
    if inflated is None:
        inflated = inflations(cells)
    (level_n, level_m), (spread_n, spread_m) = inflated
    ne_n, ne_m = n / max(level_n, spread_n), m / max(level_m, spread_m)
    return [
        Test("level", _scored(cells, level, level_n, level_m), WEIGHTS["level"], _level_effect(cells, level_n, level_m)),
        Test("spread", _scored(cells, spread, spread_n, spread_m), WEIGHTS["spread"], spread_effect(cells, spread_n, spread_m)),
        Test("shape", ks_p(ks_distance(cells), ne_n, ne_m), WEIGHTS["shape"], ks_effect(cells, ne_n, ne_m)),
    ]  # fmt: skip


def effective(cells: Cells, inflated: tuple[float, float]) -> tuple[float, float]:
    return cells.n / inflated[0], cells.m / inflated[1]


def inflations(cells: Cells) -> tuple[tuple[float, float], tuple[float, float]]:
    """Of (level, spread), each of (reference, current): how many rows are worth an independent one, by their scores."""
    if not len(cells.codes_reference):
        return (1.0, 1.0), (1.0, 1.0)
    level = _scores(cells)
    scores = np.stack([level, level**2])
    sides = [
        blocks_of(len(codes), lambda first, last, codes=codes: scores.take(codes[first:last], axis=1))  # type: ignore[misc]
        for codes in (cells.codes_reference, cells.codes_current)
    ]
    one, other = ((inflation_of(of[0]), inflation_of(of[1])) for of in sides)
    return (one[0], other[0]), (one[1], other[1])


def _scores(cells: Cells) -> Array:
    pooled = cells.reference + cells.current
    found: Array = scipy.special.ndtri((np.cumsum(pooled) - pooled / 2) / pooled.sum())
    return found


def ks_distance(cells: Cells) -> float:
    """Largest distance of the two distribution functions, 0 to 1."""
    gap = np.cumsum(cells.reference) / cells.n - np.cumsum(cells.current) / cells.m
    return float(np.abs(gap).max())


def ks_p(distance: float, n: float, m: float) -> float:
    """Asymptotic p-value with Stephens' (1970) correction for small samples; n and m may be effective sizes."""
    root = math.sqrt(n * m / (n + m))
    return float(scipy.special.kolmogorov((root + 0.12 + 0.11 / root) * distance))


def ks_effect(cells: Cells, n: float, m: float) -> Effect:
    """Interval: both distribution functions lie in a common band with probability 0.95, so it is never too narrow."""
    distance = ks_distance(cells)
    band = BAND / math.sqrt(n * m / (n + m))
    return Effect(
        "ks", distance, max(0.0, distance - band), min(1.0, distance + band), 0.0, TOLERANCE["ks"],
        "largest distance of the distribution functions",
    )  # fmt: skip


def mean_effect(cells: Cells, n: float, m: float) -> Effect:
    """Difference of means in standard deviations of the reference (Glass's delta), delta method, Student's quantile."""
    one, other = cells.moments_reference, cells.moments_current
    shift = (other.mean - one.mean) / one.sd
    variance = (1 + shift * one.skew + shift**2 * (one.kurtosis - 1) / 4) / n + (other.sd / one.sd) ** 2 / m
    half = float(scipy.stats.t.ppf(0.975, max(n + m - 2, 1))) * math.sqrt(max(variance, 0.0))
    return Effect(
        "mean_shift",
        shift,
        shift - half,
        shift + half,
        0.0,
        TOLERANCE["mean_shift"],
        "standard deviations of the reference",
    )


def superiority_effect(cells: Cells, n: float, m: float) -> Effect:
    """P(a current value is larger) + half P(equal), interval by the variances of placements (DeLong et al. 1988)."""
    share_n, share_m = cells.reference / cells.n, cells.current / cells.m
    below = np.cumsum(share_n) - share_n / 2
    above = 1 - (np.cumsum(share_m) - share_m / 2)
    chance = float(share_m @ below)
    variance = float(share_m @ (below - chance) ** 2) / m + float(share_n @ (above - chance) ** 2) / n
    half = 1.96 * math.sqrt(variance)
    return Effect(
        "superiority", chance, max(0.0, chance - half), min(1.0, chance + half), 0.5, TOLERANCE["superiority"],
        "chance that a current value is larger than one of the reference",
    )  # fmt: skip


def spread_effect(cells: Cells, inflated_n: float, inflated_m: float) -> Effect:
    """Ratio of standard deviations, interval on the logarithm by the samples' kurtosis."""
    one, other = cells.moments_reference, cells.moments_current
    if not one.sd or not other.sd:
        ratio = math.inf if other.sd else 0.0 if one.sd else 1.0
        return Effect(
            "spread_ratio", ratio, ratio, ratio, 1.0, TOLERANCE["spread_ratio"], "ratio of standard deviations"
        )
    log = math.log(other.sd / one.sd)
    half = 1.96 * math.sqrt(_log_sd_variance(one) * inflated_n + _log_sd_variance(other) * inflated_m)
    return Effect(
        "spread_ratio", math.exp(log), math.exp(log - half), math.exp(log + half), 1.0, TOLERANCE["spread_ratio"],
        "ratio of standard deviations",
    )  # fmt: skip


def _log_sd_variance(one: Moments) -> float:
    # Of a uniform or two-valued distribution the kurtosis is near 1; n - 1 keeps small samples from looking too sure.
    return max(one.kurtosis - 1, 0.02) / (4 * max(one.n - 1, 1))


def _level_effect(cells: Cells, inflated_n: float, inflated_m: float) -> Effect:
    n, m = effective(cells, (inflated_n, inflated_m))
    by_ranks = superiority_effect(cells, n, m)
    if not cells.moments_reference.sd:
        return by_ranks
    by_means = mean_effect(cells, n, m)
    # Heavy tails: ranks tell what means cannot.
    return by_ranks if by_ranks.is_clear and not by_means.is_clear else by_means


def _scored(cells: Cells, scores: Array, inflated_n: float, inflated_m: float) -> float:
    """Two-sided p of the difference of mean scores, with the variance that permutations would give, inflated."""
    n, m = cells.n, cells.m
    share = (cells.reference + cells.current) / (n + m)
    mean = float(share @ scores)
    variance = float(share @ (scores - mean) ** 2) * (n + m) / (n + m - 1)
    if variance <= 0:
        return 1.0
    gap = float(cells.current @ scores) / m - float(cells.reference @ scores) / n
    error = math.sqrt(variance * (inflated_n / n + inflated_m / m))
    freedom = n / inflated_n + m / inflated_m - 2
    if freedom < 1:
        return 1.0
    return (
        float(2 * scipy.stats.t.sf(abs(gap) / error, freedom))
        if inflated_n + inflated_m > 2
        else math.erfc(abs(gap) / error / math.sqrt(2))
    )
