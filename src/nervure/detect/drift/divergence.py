"""Intervals of divergences of two mixes: by the distribution they have, without drawing samples again.

Near nothing a divergence of two samples, in units of 1/n + 1/m, is a chi-square of as many degrees of freedom as there
are cells less one, noncentral by the divergence of the truth (Csiszar and Shields 2004, section 4; Read and Cressie
1988): all that are smooth look alike there. Farther away the delta method's variance counts: it widens or
narrows the interval around its centre.
"""

import math

import numpy as np
from numpy.typing import NDArray

from nervure.detect.drift.categories import LEAST_EXPECTED
from nervure.detect.drift.measure import Pair
from nervure.detect.drift.noncentral import squared_interval

Array = NDArray[np.float64]


def divergence_interval(
    pair: Pair, shares: tuple[Array, Array], value: float, unit: float, slopes: tuple[Array, Array]
) -> tuple[float, float] | None:
    """95 % interval of a divergence, None where cells are so rare that no such distribution holds.

    shares: of each cell, before and after. unit: what makes the divergence sum (p - q)^2 / p for a small difference.
    slopes: of the divergence by each cell's share, before and after.
    """
    n, m = pair.n, pair.m
    middle = (shares[0] * n + shares[1] * m) / (n + m)
    held = middle > 0
    freedom = int(held.sum()) - 1
    if freedom < 1:
        return 0.0, 0.0
    if middle[held].min() * min(n, m) < LEAST_EXPECTED:
        return None
    each = 1 / n + 1 / m
    statistic = value * unit / each
    variance = sum(_variance(share, slope) / size for share, slope, size in zip(shares, slopes, (n, m), strict=True))
    # The delta method's: four times the statistic where differences are small.
    wider = math.sqrt(variance * (unit / each) ** 2 / (4 * statistic)) if statistic > 0 else 1.0
    low, high = squared_interval(statistic, freedom, wider)
    return low * each / unit, high * each / unit


def _variance(share: Array, slope: Array) -> float:
    return float(share @ slope**2 - (share @ slope) ** 2)
