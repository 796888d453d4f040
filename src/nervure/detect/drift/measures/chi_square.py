"""Chi-square, by the row: how unlike the mixes are."""

from nervure.detect.drift.categories import chi_square, pooled_rare
from nervure.detect.drift.measure import Measure, Pair
from nervure.detect.drift.noncentral import noncentrality


def compute(pair: Pair) -> float:
    """Noncentrality by the independent row (Cohen's w squared), without what chance alone gives; rare values together."""
    statistic, freedom = _statistic(pair)
    return max(0.0, statistic - freedom) / (pair.n + pair.m)


def interval(pair: Pair) -> tuple[float, float]:
    """By inverting the noncentral distribution."""
    statistic, freedom = _statistic(pair)
    if freedom < 1:
        return 0.0, 0.0
    low, high = noncentrality(statistic, freedom)
    return low / (pair.n + pair.m), high / (pair.n + pair.m)


def _statistic(pair: Pair) -> tuple[float, int]:
    reference = pair.reference * pair.n / pair.reference.sum()
    return chi_square(*pooled_rare(reference, pair.current * pair.m / pair.current.sum()))


MEASURE = Measure(
    "chi_square",
    "chi-square's noncentrality by the row (Cohen's w squared)",
    ("categorical",),
    compute,
    interval=interval,
)
