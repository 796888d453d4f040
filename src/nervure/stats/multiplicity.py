"""Many questions asked at once: combined evidence, and how much of what is found is found by chance."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
# A p-value of 1 (tests of discrete data reach it) would outweigh any evidence of the others.
LARGEST = 0.99
SMALLEST = 1e-300


def benjamini_hochberg(p_values: ArrayLike) -> Array:
    """Adjusted p-values (Benjamini and Hochberg 1995): reject those at or below q to keep the false discovery rate at q.

    Holds for independent tests and for those that depend positively on each other (Benjamini and Yekutieli 2001). NaN
    stays NaN and counts as no test.
    """
    found = np.asarray(p_values, np.float64)
    adjusted = np.full(found.shape, np.nan)
    tested = np.flatnonzero(~np.isnan(found))
    if len(tested):
        order = tested[np.argsort(found[tested], kind="stable")]
        scaled = found[order] * len(order) / np.arange(1, len(order) + 1)
        adjusted[order] = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])
    return adjusted


def holm(p_values: ArrayLike) -> Array:
    """Adjusted p-values that keep the chance of any false rejection (Holm 1979), under any dependence. NaN stays NaN."""
    found = np.asarray(p_values, np.float64)
    adjusted = np.full(found.shape, np.nan)
    tested = np.flatnonzero(~np.isnan(found))
    if len(tested):
        order = tested[np.argsort(found[tested], kind="stable")]
        scaled = found[order] * np.arange(len(order), 0, -1)
        adjusted[order] = np.minimum(1.0, np.maximum.accumulate(scaled))
    return adjusted


def cauchy_combination(p_values: ArrayLike, weights: ArrayLike | None = None) -> float:
    """One p-value for all of them (Liu and Xie 2020): near its level at small p whatever depends on what.

    It is about as strong as Bonferroni when one question has an answer and stronger when many have a weak one.
    weights: positive, made to sum to 1; equal by default. NaN is left out. Returns 1 when nothing is left.
    """
    found = np.asarray(p_values, np.float64)
    held = ~np.isnan(found)
    if not held.any():
        return 1.0
    given = np.ones(found.shape) if weights is None else np.asarray(weights, np.float64)
    share = given[held] / given[held].sum()
    p = np.clip(found[held], SMALLEST, LARGEST)
    # tan((0.5 - p) * pi) loses all digits for small p; there it is 1 / (p * pi).
    terms = np.where(p < 1e-8, 1 / (p * math.pi), np.tan((0.5 - p) * math.pi))
    total = float(share @ terms)
    return 1 / (total * math.pi) if total > 1e8 else float(0.5 - math.atan(total) / math.pi)
