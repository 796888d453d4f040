"""What a squared difference of two samples tells of the true one: the noncentral chi-square distribution, inverted."""

import math

import scipy


def squared_interval(statistic: float, freedom: float, wider: float = 1.0) -> tuple[float, float]:
    """95 % interval of what chance adds `freedom` to on average; wider: standard deviations to those of the distribution.

    Near nothing the distribution holds as it is; the farther away, the more `wider` counts.
    """
    low, high = noncentrality(statistic, freedom)
    centre = max(0.0, statistic - freedom)
    factor = 1 + centre / (centre + freedom) * (wider - 1)
    # Where chance alone may give the value, nothing may be the truth, however narrow the spread.
    low = max(0.0, centre - factor * (centre - low)) if low > 0 else 0.0
    # A value below what chance gives in 39 of 40 cases would lie outside its own interval.
    return low, max(centre + factor * (high - centre), statistic)


def noncentrality(statistic: float, freedom: float) -> tuple[float, float]:
    """95 % interval of the noncentrality parameter."""
    if statistic > 5000:
        # The distribution is as good as normal there, and its series would take long.
        half = 1.96 * math.sqrt(2 * (2 * statistic - freedom))
        return max(0.0, statistic - freedom - half), statistic - freedom + half
    return tuple(_solve(statistic, freedom, level) for level in (0.975, 0.025))  # type: ignore[return-value]


def _solve(statistic: float, freedom: float, level: float) -> float:
    def off(noncentral: float) -> float:
        below = (
            scipy.stats.ncx2.cdf(statistic, freedom, noncentral)
            if noncentral > 0
            else scipy.stats.chi2.cdf(statistic, freedom)
        )
        return float(below) - level

    if off(0.0) <= 0:
        return 0.0
    return float(scipy.optimize.brentq(off, 0.0, 2 * statistic + 100 + 10 * math.sqrt(statistic + freedom), xtol=1e-6))
