"""Energy distance (Szekely and Rizzo 2004)."""

import numpy as np

from nervure.detect.drift.measure import Measure, Pair

MOST = 1000


def compute(pair: Pair) -> float:
    """Root of 2 E|X - Y| - E|X - X'| - E|Y - Y'|; of numbers in standard deviations of the reference."""
    if pair.cloud is not None:
        return _of_vectors(pair)
    values = pair.get_values()
    gap = np.cumsum(pair.reference) / pair.reference.sum() - np.cumsum(pair.current) / pair.current.sum()
    # In one dimension the energy distance is twice the integral of the squared difference.
    squared = 2 * float(gap[:-1] ** 2 @ np.diff(values))
    return float(np.sqrt(squared / pair.reference_sd if pair.reference_sd else squared))


def _of_vectors(pair: Pair) -> float:
    cloud = pair.get_cloud()
    ahead, behind = cloud.vectors[: cloud.n], cloud.vectors[cloud.n :]
    ahead, behind = ahead[:: max(1, len(ahead) // MOST)], behind[:: max(1, len(behind) // MOST)]
    # Without each vector's distance from itself, so that samples of one distribution give 0 on average.
    n, m = len(ahead), len(behind)
    within = _sum(ahead, ahead) / (n * max(n - 1, 1)) + _sum(behind, behind) / (m * max(m - 1, 1))
    return float(np.sqrt(max(0.0, 2 * _sum(ahead, behind) / (n * m) - within)))


def _sum(one: np.ndarray, other: np.ndarray) -> float:
    squares = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1)[None, :] - 2 * one @ other.T
    return float(np.sqrt(np.maximum(squares, 0), dtype=np.float64).sum())


MEASURE = Measure("energy", "energy distance", ("numeric", "embedding"), compute, is_root=True)
