"""Intervals of 95 % confidence for what a chart shows."""

import math
from collections.abc import Mapping, Sequence

from nervure.store.histogram import value_of

Z = 1.959963984540054
# Student's t at 97.5 % for the few degrees of freedom at which the expansion below is too coarse.
SMALL_T = (12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622)

Interval = tuple[float | None, float | None]
UNKNOWN: Interval = (None, None)


def wilson(hits: float, n: float) -> Interval:
    """Wilson's score interval of a share (Wilson 1927); holds its level also near 0 and 1."""
    if n <= 0:
        return UNKNOWN
    share = hits / n
    centre = share + Z * Z / (2 * n)
    spread = Z * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    scale = 1 + Z * Z / n
    low = 0.0 if hits <= 0 else max(0.0, (centre - spread) / scale)
    high = 1.0 if hits >= n else min(1.0, (centre + spread) / scale)
    return low, high


def student(total: float, squares: float, n: float) -> Interval:
    """Student's interval of a mean from the sum and the sum of squares; unknown for fewer than two values."""
    if n < 2:
        return UNKNOWN
    mean = total / n
    # Rounding may push the difference of two large sums below zero.
    variance = max(0.0, (squares - total * mean) / (n - 1))
    spread = student_t(int(n) - 1) * math.sqrt(variance / n)
    return mean - spread, mean + spread


def student_t(freedom: int) -> float:
    """The 97.5 % point of Student's t (Cornish-Fisher expansion, Abramowitz and Stegun 26.7.5)."""
    if freedom <= len(SMALL_T):
        return SMALL_T[freedom - 1]
    return (
        Z
        + (Z**3 + Z) / (4 * freedom)
        + (5 * Z**5 + 16 * Z**3 + 3 * Z) / (96 * freedom**2)
        + (3 * Z**7 + 19 * Z**5 + 17 * Z**3 - 15 * Z) / (384 * freedom**3)
    )


def poisson(count: float) -> Interval:
    """Interval of a count of independent events (Byar's approximation to the exact one, Breslow and Day 1987)."""
    if count < 0:
        return UNKNOWN
    low = 0.0
    if count > 0:
        low = count * (1 - 1 / (9 * count) - Z / (3 * math.sqrt(count))) ** 3
    above = count + 1
    return max(0.0, low), above * (1 - 1 / (9 * above) + Z / (3 * math.sqrt(above))) ** 3


def quantile_ranks(level: float, n: float) -> tuple[float, float]:
    """Between which levels of the sample the true quantile lies: order statistics, normal approximation."""
    spread = Z * math.sqrt(level * (1 - level) / n)
    return max(0.0, level - spread), min(1.0, level + spread)


class Grid:
    """A distribution by its quantiles at fixed levels, linear in between."""

    LEVELS: Sequence[float] = (
        0.0, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8,
        0.85, 0.875, 0.9, 0.92, 0.935, 0.95, 0.965, 0.975, 0.985, 0.99, 0.995, 0.999, 1.0,
    )  # fmt: skip

    def __init__(self, values: Sequence[float]) -> None:
        self.values = values

    def at(self, level: float) -> float:
        levels = self.LEVELS
        for index in range(1, len(levels)):
            if level <= levels[index]:
                share = (level - levels[index - 1]) / (levels[index] - levels[index - 1])
                below, above = self.values[index - 1], self.values[index]
                return below if share == 0 else above if share == 1 else below + (above - below) * share
        return self.values[-1]


class Histogram:
    """A distribution by counts in logarithmic buckets, as the roll-ups keep it."""

    def __init__(self, counts: Mapping[int, int]) -> None:
        self.pairs = sorted((int(bucket), int(count)) for bucket, count in counts.items() if count > 0)
        self.n = sum(count for _, count in self.pairs)

    def at(self, level: float) -> float:
        """The value below which at least `level` of the sample lies, in the unit the histogram was filled with."""
        rank, seen = level * self.n, 0
        for bucket, count in self.pairs:
            seen += count
            if seen >= rank:
                return value_of(bucket)
        return value_of(self.pairs[-1][0])

    def squares(self) -> float:
        """Sum of squares, within twice the accuracy of a bucket."""
        return sum(count * value_of(bucket) ** 2 for bucket, count in self.pairs)
