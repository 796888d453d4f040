"""Shares of two samples: missing values, new values."""

import math

import scipy

from nervure.detect.drift.result import Effect, Test
from nervure.stats.intervals import wilson


def difference(hits: float, n: float, later: float, m: float) -> tuple[float, float, float]:
    """Share of the current sample less that of the reference, with Newcombe's hybrid score interval (1998, method 10).

    hits of n are of the reference, later of m of the current sample; n and m may be effective sizes.
    """
    first, second = wilson(hits, max(1, round(n))), wilson(later, max(1, round(m)))
    assert first is not None
    assert second is not None
    gap = second.estimate - first.estimate
    below = math.hypot(second.estimate - second.low, first.high - first.estimate)
    above = math.hypot(second.high - second.estimate, first.estimate - first.low)
    return gap, gap - below, gap + above


def share_test(
    shift: str, measure: str, hits: float, n: float, later: float, m: float, inflated: tuple[float, float], tolerance: float,
    weight: float,
) -> Test:  # fmt: skip
    """Whether a share differs: pooled z-test, Fisher's exact test where few hits are expected and rows are independent.

    inflated: how many rows of each sample are worth one independent row.
    """
    n_effective, m_effective = n / inflated[0], m / inflated[1]
    pooled = (hits + later) / (n + m)
    if inflated == (1.0, 1.0) and min(pooled, 1 - pooled) * min(n, m) < 10:
        p = float(scipy.stats.fisher_exact([[later, m - later], [hits, n - hits]])[1])
    else:
        error = math.sqrt(max(pooled * (1 - pooled), 1e-300) * (1 / n_effective + 1 / m_effective))
        p = float(2 * scipy.stats.norm.sf(abs(later / m - hits / n) / error))
    gap, low, high = difference(
        hits / n * max(1, round(n_effective)), n_effective, later / m * max(1, round(m_effective)), m_effective
    )
    return Test(shift, p, weight, Effect(measure, gap, low, high, 0.0, tolerance, "difference of shares"))
