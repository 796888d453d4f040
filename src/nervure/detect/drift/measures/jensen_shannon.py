"""Jensen and Shannon's distance."""

import numpy as np
import scipy

from nervure.detect.drift.measure import Measure, Pair, ten_bins


def compute(pair: Pair) -> float:
    """Root of the divergence to base 2, so 0 to 1 (Endres and Schindelin 2003); cells as of the PSI."""
    before, after = ten_bins(pair)
    middle = (before + after) / 2
    divergence = (scipy.special.rel_entr(before, middle) + scipy.special.rel_entr(after, middle)).sum() / (
        2 * np.log(2)
    )
    return float(np.sqrt(max(divergence, 0.0)))


MEASURE = Measure(
    "jensen_shannon",
    "Jensen-Shannon distance over ten cells, base 2",
    ("numeric", "categorical"),
    compute,
    high=1.0,
    is_root=True,
)
