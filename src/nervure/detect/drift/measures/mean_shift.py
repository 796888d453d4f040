"""How far the mean moved, in standard deviations of the reference."""

import math

import numpy as np

from nervure.detect.drift.cells import counted
from nervure.detect.drift.measure import Measure, Pair
from nervure.detect.drift.numeric import mean_effect


def compute(pair: Pair) -> float:
    """Of numbers signed (Glass's delta). Of vectors the length of the difference, over the root of the total variance."""
    if pair.cloud is None:
        values = pair.get_values()
        gap = float(pair.current @ values / pair.current.sum() - pair.reference @ values / pair.reference.sum())
        return gap / pair.reference_sd if pair.reference_sd else math.copysign(math.inf, gap) if gap else 0.0
    cloud = pair.cloud
    ahead, behind = cloud.vectors[: cloud.n], cloud.vectors[cloud.n :]
    spread = math.sqrt(float(ahead.var(axis=0).sum()))
    return float(np.linalg.norm(behind.mean(axis=0) - ahead.mean(axis=0))) / spread if spread else 0.0


def interval(pair: Pair) -> tuple[float, float]:
    """Of numbers by the delta method, for the reference's standard deviation is estimated, too. Of vectors there is none."""
    if pair.cloud is not None:
        return math.nan, math.nan
    if not pair.reference_sd:
        value = compute(pair)
        return value, value
    found = mean_effect(counted(pair.get_values(), pair.reference, pair.current), pair.n, pair.m)
    return found.low, found.high


MEASURE = Measure(
    "mean_shift", "difference of means in standard deviations of the reference", ("numeric", "embedding"), compute,
    low=-math.inf, interval=interval,
)  # fmt: skip
