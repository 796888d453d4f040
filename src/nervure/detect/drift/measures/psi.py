"""Population stability index."""

import numpy as np

from nervure.detect.drift.divergence import Array, divergence_interval
from nervure.detect.drift.measure import Measure, Pair, ten_bins


def compute(pair: Pair) -> float:
    """Sum of (q - p) ln(q / p) over ten cells of equal share of the reference, or over categories.

    Half an observation is added to each cell, so that empty ones count as what they are: rare.
    """
    p, q = _shares(pair)
    return float(((q - p) * np.log(q / p)).sum())


def interval(pair: Pair) -> tuple[float, float] | None:
    """As of any divergence; for a small difference the index is sum (q - p)^2 / p."""
    p, q = _shares(pair)
    ratio = np.log(q / p)
    slopes = -ratio - (q - p) / p, ratio + (q - p) / q
    return divergence_interval(pair, ten_bins(pair), compute(pair), 1.0, slopes)


def _shares(pair: Pair) -> tuple[Array, Array]:
    before, after = ten_bins(pair)
    n, m = pair.reference.sum(), pair.current.sum()
    return (before * n + 0.5) / (n + len(before) / 2), (after * m + 0.5) / (m + len(after) / 2)


MEASURE = Measure(
    "psi", "population stability index over ten cells", ("numeric", "categorical"), compute, interval=interval
)
