"""Kolmogorov and Smirnov: the largest distance of two distribution functions."""

import math

import numpy as np

from nervure.detect.drift.measure import Measure, Pair

BAND = 1.3581


def compute(pair: Pair) -> float:
    """0 to 1."""
    gap = np.cumsum(pair.reference) / pair.reference.sum() - np.cumsum(pair.current) / pair.current.sum()
    return float(np.abs(gap).max())


def interval(pair: Pair) -> tuple[float, float]:
    """Both functions lie within a common band with probability 0.95: never too narrow."""
    value, band = compute(pair), BAND * math.sqrt(1 / pair.n + 1 / pair.m)
    return max(0.0, value - band), min(1.0, value + band)


MEASURE = Measure(
    "ks",
    "largest distance of the distribution functions (Kolmogorov-Smirnov)",
    ("numeric",),
    compute,
    high=1.0,
    interval=interval,
)
