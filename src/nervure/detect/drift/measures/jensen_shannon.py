"""Jensen and Shannon's distance."""

import numpy as np
import scipy

from nervure.detect.drift.divergence import Array, divergence_interval
from nervure.detect.drift.measure import Measure, Pair, ten_bins


def compute(pair: Pair) -> float:
    """Root of the divergence to base 2, so 0 to 1 (Endres and Schindelin 2003); cells as of the PSI."""
    return float(np.sqrt(_divergence(*ten_bins(pair)) / np.log(2)))


def interval(pair: Pair) -> tuple[float, float] | None:
    """As of any divergence; for a small difference this one is sum (q - p)^2 / p / 8."""
    before, after = ten_bins(pair)
    middle = (before + after) / 2
    # A cell that one side lacks adds nothing to that side's spread.
    slopes = tuple(
        np.where(one > 0, np.log(np.where(one > 0, one, 1) / np.maximum(middle, 1e-300)), 0) / 2
        for one in (before, after)
    )
    found = divergence_interval(pair, (before, after), _divergence(before, after), 8.0, (slopes[0], slopes[1]))
    return None if found is None else (_root(found[0]), min(_root(found[1]), 1.0))


def _divergence(before: Array, after: Array) -> float:
    """In nats."""
    middle = (before + after) / 2
    return max(float((scipy.special.rel_entr(before, middle) + scipy.special.rel_entr(after, middle)).sum()) / 2, 0.0)


def _root(divergence: float) -> float:
    return float(np.sqrt(divergence / np.log(2)))


MEASURE = Measure(
    "jensen_shannon",
    "Jensen-Shannon distance over ten cells, base 2",
    ("numeric", "categorical"),
    compute,
    high=1.0,
    interval=interval,
    is_root=True,
)
