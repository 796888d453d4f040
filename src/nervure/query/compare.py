"""Whether a figure has changed between two periods by more than chance: effect, interval and p-value, pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from nervure.query.intervals import Z, wilson

# Relative error of a quantile that is read from the roll-ups (store.histogram).
RESOLUTION = 0.02


@dataclass(frozen=True, slots=True)
class Shift:
    """difference: now less before, or their ratio for figures that are compared as such; low, high: its 95 % interval.

    p: how often chance alone would give so much or more, two-sided.
    """

    difference: float
    low: float
    high: float
    p: float


def compare_shares(hits: float, n: float, hits_before: float, n_before: float) -> Shift | None:
    """Difference of two shares; None when one of them has no observations.

    Interval: Newcombe's hybrid score interval (1998, method 10). p: pooled two-proportion z-test.
    """
    if n <= 0 or n_before <= 0:
        return None
    share, before = hits / n, hits_before / n_before
    (low, high), (low_before, high_before) = wilson(hits, n), wilson(hits_before, n_before)
    if low is None or high is None or low_before is None or high_before is None:
        return None
    difference = share - before
    below = math.hypot(share - low, high_before - before)
    above = math.hypot(high - share, before - low_before)
    pooled = (hits + hits_before) / (n + n_before)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / n_before))
    return Shift(difference, difference - below, difference + above, two_sided(difference / error) if error else 1.0)


def compare_estimates(
    value: float, interval: tuple[float, float], before: float, interval_before: tuple[float, float]
) -> Shift | None:
    """Ratio of two positive estimates that have 95 % intervals of their own; None when one is not positive.

    On the logarithm, where such estimates (quantiles of latency, mean costs) are closer to normal: the standard error
    is the interval's width over 2 * 1.96, and the two add up as independent ones do.
    """
    figures = (value, *interval, before, *interval_before)
    if any(figure <= 0 for figure in figures):
        return None
    errors = [(math.log(high) - math.log(low)) / (2 * Z) for low, high in (interval, interval_before)]
    error = max(math.hypot(*errors), RESOLUTION)
    difference = math.log(value) - math.log(before)
    return Shift(
        math.exp(difference),
        math.exp(difference - Z * error),
        math.exp(difference + Z * error),
        two_sided(difference / error),
    )


def silence_p(n_before: float, ratio: float) -> float:
    """How often chance alone gives none where n_before were seen; ratio: length of this period over the one before.

    Conditional on the total the count is binomial (Przyborowski and Wilenski 1940): (1 - share of the time)^n.
    """
    return float((1 / (1 + ratio)) ** n_before)


def two_sided(z: float) -> float:
    """P(|Z| >= |z|) of the standard normal distribution."""
    return math.erfc(abs(z) / math.sqrt(2))


def false_discovery(ps: Sequence[float]) -> list[float]:
    """Adjusted p-values in the same order: those below q hold a share of false ones of at most q.

    Benjamini and Hochberg (1995). The tests of one house are positively dependent, where it holds as well (Benjamini
    and Yekutieli 2001).
    """
    order = sorted(range(len(ps)), key=lambda at: ps[at])
    adjusted = [1.0] * len(ps)
    least = 1.0
    for rank in range(len(order), 0, -1):
        at = order[rank - 1]
        least = min(least, ps[at] * len(ps) / rank)
        adjusted[at] = least
    return adjusted
