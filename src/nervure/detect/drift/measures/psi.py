"""Population stability index."""

import numpy as np

from nervure.detect.drift.measure import Measure, Pair, ten_bins


def compute(pair: Pair) -> float:
    """Sum of (q - p) ln(q / p) over ten cells of equal share of the reference, or over categories.

    Half an observation is added to each cell, so that empty ones count as what they are: rare.
    """
    before, after = ten_bins(pair)
    n, m = pair.reference.sum(), pair.current.sum()
    p = (before * n + 0.5) / (n + len(before) / 2)
    q = (after * m + 0.5) / (m + len(after) / 2)
    return float(((q - p) * np.log(q / p)).sum())


MEASURE = Measure("psi", "population stability index over ten cells", ("numeric", "categorical"), compute)
