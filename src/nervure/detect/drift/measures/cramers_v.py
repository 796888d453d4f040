"""Cramer's V of sample and value."""

from nervure.detect.drift.categories import chi_square, cramers_v, pooled_rare
from nervure.detect.drift.measure import Measure, Pair
from nervure.detect.drift.result import Effect


def compute(pair: Pair) -> float:
    """0 for the same mix, 1 for nothing in common; as if both samples were of one size, without what chance gives."""
    return _effect(pair).value


def interval(pair: Pair) -> tuple[float, float]:
    """By inverting the noncentral chi-square distribution (Smithson 2001)."""
    found = _effect(pair)
    return found.low, found.high


def _effect(pair: Pair) -> Effect:
    reference = pair.reference * pair.n / pair.reference.sum()
    reference, current = pooled_rare(reference, pair.current * pair.m / pair.current.sum())
    return cramers_v(*chi_square(reference, current), float(reference.sum()), float(current.sum()))


MEASURE = Measure("cramers_v", "Cramer's V of sample and value", ("categorical",), compute, high=1.0, interval=interval)
