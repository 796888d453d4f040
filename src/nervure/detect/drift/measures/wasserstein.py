"""Wasserstein: how far values would have to move on average."""

import numpy as np

from nervure.detect.drift.measure import Measure, Pair


def compute(pair: Pair) -> float:
    """The first Wasserstein distance in standard deviations of the reference; in the values' own unit when that is 0."""
    values = pair.get_values()
    gap = np.cumsum(pair.reference) / pair.reference.sum() - np.cumsum(pair.current) / pair.current.sum()
    moved = float(np.abs(gap[:-1]) @ np.diff(values))
    return moved / pair.reference_sd if pair.reference_sd else moved


MEASURE = Measure(
    "wasserstein",
    "mean distance values would have to move, in standard deviations of the reference",
    ("numeric",),
    compute,
)
