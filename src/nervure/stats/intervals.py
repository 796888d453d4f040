"""Intervals for rates, means and anything that can be resampled."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and where the truth lies with probability `level`. n: independent observations behind it."""

    estimate: float
    low: float
    high: float
    n: int
    level: float = 0.95

    def __str__(self) -> str:
        return f"{self.estimate:.3f} [{self.low:.3f}, {self.high:.3f}], n = {self.n}"


def wilson(successes: float, n: int, level: float = 0.95) -> Interval | None:
    """Wilson's score interval of a proportion (Wilson 1927): near its level on average, also for rates near 0 and 1.

    Returns None for n = 0. Raises ValueError for counts that cannot be.
    """
    if not _counted(successes, n, level):
        return None
    z = _z(level)
    rate = successes / n
    centre = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    # At the ends the formula gives the end itself, but for rounding.
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    return Interval(rate, low, 1.0 if successes == n else min(1.0, centre + half), n, level)


def clopper_pearson(successes: float, n: int, level: float = 0.95) -> Interval | None:
    """The exact interval (Clopper and Pearson 1934): never below its level, so wider than the others. None for n = 0."""
    if not _counted(successes, n, level):
        return None
    tail = (1 - level) / 2
    low = 0.0 if successes == 0 else float(scipy.stats.beta.ppf(tail, successes, n - successes + 1))
    high = 1.0 if successes == n else float(scipy.stats.beta.ppf(1 - tail, successes + 1, n - successes))
    return Interval(successes / n, low, high, n, level)


def jeffreys(successes: float, n: int, level: float = 0.95) -> Interval | None:
    """Equal tails of the Beta(1/2, 1/2) posterior, ends at 0 and n as Brown, Cai and DasGupta (2001) set them."""
    if not _counted(successes, n, level):
        return None
    tail = (1 - level) / 2
    low = 0.0 if successes == 0 else float(scipy.stats.beta.ppf(tail, successes + 0.5, n - successes + 0.5))
    high = 1.0 if successes == n else float(scipy.stats.beta.ppf(1 - tail, successes + 0.5, n - successes + 0.5))
    return Interval(successes / n, low, high, n, level)


def mean_interval(values: ArrayLike, level: float = 0.95) -> Interval | None:
    """Student's interval of a mean of independent values; NaN is left out. None for fewer than two values."""
    held = np.asarray(values, np.float64)
    held = held[~np.isnan(held)]
    _level(level)
    if len(held) < 2:
        return None
    mean, error = float(held.mean()), float(held.std(ddof=1) / math.sqrt(len(held)))
    half = float(scipy.stats.t.ppf(0.5 + level / 2, len(held) - 1)) * error
    return Interval(mean, mean - half, mean + half, len(held), level)


def bootstrap(
    values: ArrayLike, statistic: Callable[[Any], float], level: float = 0.95, rounds: int = 2000, seed: int = 0
) -> Interval | None:
    """Bias-corrected and accelerated bootstrap (Efron 1987) over the rows of `values`.

    statistic: of an array like `values`. seed: the same seed gives the same interval. None for fewer than 3 rows.
    """
    held = np.asarray(values)
    _level(level)
    n = len(held)
    if n < 3:
        return None
    random = np.random.default_rng(seed)
    estimate = float(statistic(held))
    drawn = np.array([statistic(held[random.integers(0, n, n)]) for _ in range(rounds)])
    drawn = drawn[~np.isnan(drawn)]
    if not len(drawn) or drawn.min() == drawn.max():
        return Interval(estimate, estimate, estimate, n, level)
    # Ties with the estimate count half: a statistic of few values has many.
    share = ((drawn < estimate).sum() + 0.5 * (drawn == estimate).sum()) / len(drawn)
    bias = float(scipy.stats.norm.ppf(np.clip(share, 1 / (len(drawn) + 1), 1 - 1 / (len(drawn) + 1))))
    acceleration = _acceleration(held, statistic)
    ends = []
    for quantile in ((1 - level) / 2, (1 + level) / 2):
        z = bias + float(scipy.stats.norm.ppf(quantile))
        ends.append(float(np.quantile(drawn, scipy.stats.norm.cdf(bias + z / (1 - acceleration * z)))))
    return Interval(estimate, ends[0], ends[1], n, level)


def _acceleration(held: NDArray[Any], statistic: Callable[[Any], float]) -> float:
    # By leaving rows out; of many rows, groups of them.
    groups = np.array_split(np.arange(len(held)), min(len(held), 200))
    left = np.array([statistic(np.delete(held, group, axis=0)) for group in groups])
    gaps = left.mean() - left
    spread = float((gaps**2).sum()) ** 1.5
    return float((gaps**3).sum()) / (6 * spread) if spread > 0 and not np.isnan(spread) else 0.0


def _counted(successes: float, n: int, level: float) -> bool:
    _level(level)
    if n < 0 or not 0 <= successes <= n:
        raise ValueError(f"successes must lie between 0 and n, got {successes} of {n}")
    return n > 0


@lru_cache
def _z(level: float) -> float:
    return float(scipy.stats.norm.ppf(0.5 + level / 2))


def _level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"level must lie strictly between 0 and 1, got {level}")
