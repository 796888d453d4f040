"""How far the spread changed: the ratio of standard deviations, or the change of the covariance matrix."""

import math

import numpy as np

from nervure.detect.drift.measure import Measure, Pair


def compute(pair: Pair) -> float:
    """Of numbers |ln(sd / sd)|. Of vectors the Frobenius norm of the difference over that of the reference, main directions."""
    if pair.cloud is None:
        before, after = _sd(pair.get_values(), pair.reference), _sd(pair.get_values(), pair.current)
        if not before or not after:
            return 0.0 if before == after else math.inf
        return abs(math.log(after / before))
    cloud = pair.cloud
    first, second = np.cov(cloud.places[: cloud.n], rowvar=False), np.cov(cloud.places[cloud.n :], rowvar=False)
    return float(np.linalg.norm(second - first)) / max(float(np.linalg.norm(first)), 1e-300)


def _sd(values: np.ndarray, counts: np.ndarray) -> float:
    share = counts / counts.sum()
    return float(np.sqrt(share @ (values - share @ values) ** 2))


MEASURE = Measure("covariance_shift", "change of spread or of the covariance matrix", ("numeric", "embedding"), compute)
