"""Maximum mean discrepancy (Gretton et al. 2012) with a Gaussian kernel as wide as the median distance."""

from nervure.detect.drift.measure import Measure, Pair
from nervure.detect.drift.vectors import kernel


def compute(pair: Pair) -> float:
    """The unbiased estimate of its square, which may lie below 0."""
    cloud = pair.get_cloud()
    found = kernel(cloud.vectors).astype("float64")
    n, m = cloud.n, cloud.m
    # Of a vector with itself the kernel is 1; those are left out.
    ahead = (found[:n, :n].sum() - n) / (n * max(n - 1, 1))
    behind = (found[n:, n:].sum() - m) / (m * max(m - 1, 1))
    return float(ahead + behind - 2 * found[:n, n:].mean())


MEASURE = Measure("mmd", "squared maximum mean discrepancy, Gaussian kernel", ("embedding",), compute, low=-1.0)
