"""Categories: whether their mix has changed, and whether values come that were not there before."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from nervure.detect.drift.noncentral import noncentrality
from nervure.detect.drift.result import Effect, Test
from nervure.stats.effective import coded, inflation_of
from nervure.stats.intervals import wilson

Array = NDArray[np.float64]
Codes = NDArray[np.integer[Any]]
# Cells that are expected to hold fewer rows than this are put together (Cochran 1954).
LEAST_EXPECTED = 5.0
# As many of the most frequent values tell how far neighbouring rows depend on each other.
LOOKED_AT = 6
TOLERANCE_MIX, TOLERANCE_NEW = 0.02, 0.005
WEIGHTS = {"mix": 0.8, "new values": 0.2}


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each value occurs. codes_*: the value of each row in order, empty when only counts are known."""

    labels: list[str]
    reference: Array
    current: Array
    codes_reference: Codes
    codes_current: Codes

    @property
    def n(self) -> int:
        return int(self.reference.sum())

    @property
    def m(self) -> int:
        return int(self.current.sum())


@dataclass(frozen=True, slots=True)
class Dependence:
    """reference, current: how many rows are worth one independent row. spread: how unlike directions are in that."""

    reference: float
    current: float
    spread: float

    @property
    def sides(self) -> tuple[float, float]:
        return self.reference, self.current


def category_tests(counts: Counts, worth: Dependence) -> list[Test]:
    """Mix, and new values when the current sample has any."""
    tests = [mix_test(counts, worth)]
    if ((counts.reference == 0) & (counts.current > 0)).any():
        tests.append(_new_values(counts, worth.sides))
    return tests


def category_dependence(counts: Counts) -> Dependence:
    """How far neighbouring rows depend on each other, along the directions in which they do so differently.

    Directions are those of the correspondence analysis of neighbouring rows (value against next value); how much each
    inflates is told by `scipy.stats.effective`. Their mean is Rao and Scott's (1981) first-order correction, their spread the
    second-order one.
    """
    if not len(counts.codes_reference):
        return Dependence(1.0, 1.0, 0.0)
    pooled = counts.reference + counts.current
    chosen = np.argsort(-pooled, kind="stable")[:LOOKED_AT]
    place = np.full(len(pooled), len(chosen), np.uint8)
    place[chosen] = np.arange(len(chosen))
    sides = place[counts.codes_reference], place[counts.codes_current]
    width = int(max(side.max() for side in sides)) + 1
    counted = [coded(side, width) for side in sides]
    indicators = np.eye(width)[: len(chosen)]
    if all(inflation_of(side.scored(one)) == 1.0 for side in counted for one in indicators):
        return Dependence(1.0, 1.0, 0.0)
    scores = _directions(sides, width)
    if not len(scores):
        return Dependence(1.0, 1.0, 0.0)
    found = np.array([[inflation_of(side.scored(each)) for side in counted] for each in scores])
    n, m = counts.n, counts.m
    both = (found[:, 0] / n + found[:, 1] / m) / (1 / n + 1 / m)
    return Dependence(float(found[:, 0].mean()), float(found[:, 1].mean()), float((both.std() / both.mean()) ** 2))


def _directions(sides: tuple[Codes, Codes], width: int) -> Array:
    """(directions, width): scores of the values, uncorrelated with each other, each as alike as can be in neighbours."""
    pairs = np.zeros((width, width))
    for side in sides:
        pairs += np.bincount(side[:-1] * np.uint8(width) + side[1:], minlength=width**2).reshape(width, width)
    pairs = (pairs + pairs.T) / max(2.0, 2 * pairs.sum())
    share = pairs.sum(axis=0)
    held = share > 0
    root = np.sqrt(share[held])
    level, vectors = np.linalg.eigh(pairs[np.ix_(held, held)] / np.outer(root, root))
    # The largest belongs to the scores that are all the same.
    scores = np.zeros((len(level) - 1, width))
    scores[:, held] = (vectors[:, np.argsort(level)[:-1]] / root[:, None]).T
    return scores


def pooled_rare(reference: Array, current: Array) -> tuple[Array, Array]:
    """The same counts with rare cells put together, so that a chi-square distribution holds."""
    n, m = reference.sum(), current.sum()
    expected = (reference + current) * min(n, m) / (n + m)
    rare = expected < LEAST_EXPECTED
    if not rare.any():
        return reference, current
    kept = np.append(reference[~rare], reference[rare].sum()), np.append(current[~rare], current[rare].sum())
    held = kept[0] + kept[1] > 0
    return kept[0][held], kept[1][held]


def chi_square(reference: Array, current: Array) -> tuple[float, int]:
    """Pearson's statistic of homogeneity and its degrees of freedom, of the counts as they are."""
    n, m = float(reference.sum()), float(current.sum())
    pooled = (reference + current) / (n + m)
    held = pooled > 0
    statistic = n * m / (n + m) * float((((reference / n - current / m)[held]) ** 2 / pooled[held]).sum())
    return statistic, int(held.sum()) - 1


def mix_test(counts: Counts, worth: Dependence) -> Test:
    """Chi-square on effective counts (Satterthwaite's approximation); effect: Cramer's V as if both samples were of one size."""
    reference, current = pooled_rare(counts.reference / worth.reference, counts.current / worth.current)
    statistic, freedom = chi_square(reference, current)
    wider = 1 + worth.spread
    p = float(scipy.stats.chi2.sf(statistic / wider, freedom / wider)) if freedom > 0 else 1.0
    return Test("mix", p, WEIGHTS["mix"], cramers_v(statistic, freedom, float(reference.sum()), float(current.sum())))


def cramers_v(statistic: float, freedom: int, n: float, m: float) -> Effect:
    """From a chi-square statistic of two samples of n and m: interval by inverting the noncentral distribution (Smithson 2001)."""
    if freedom <= 0:
        value = low = high = 0.0
    else:
        low_lambda, high_lambda = noncentrality(statistic, freedom)
        value, low, high = (
            min(1.0, math.sqrt(one / (4 * n * m / (n + m))))
            for one in (max(0.0, statistic - freedom), low_lambda, high_lambda)
        )
    return Effect("cramers_v", value, low, high, 0.0, TOLERANCE_MIX, "0: same mix, 1: nothing in common")


def _new_values(counts: Counts, inflated: tuple[float, float]) -> Test:
    """Whether more values are only in the current sample than when all rows were shuffled.

    Of values that occur c times altogether, each lies in the current sample alone with probability (m / (n + m))^c. Where
    rows come in runs of one value (sessions, batches), a run counts once.
    """
    reference, current = counts.reference, counts.current
    if max(inflated) > 1 and len(counts.codes_reference):
        width = len(counts.labels)
        reference, current = _runs(counts.codes_reference, width), _runs(counts.codes_current, width)
    n, m = float(reference.sum()), float(current.sum())
    often = (reference + current).astype(int)
    alone = reference == 0
    p, classes, expected = 1.0, 0, 0.0
    for times in np.unique(often[often > 0]):
        of_class = often == times
        chance = (m / (n + m)) ** int(times)
        expected += float(times) * float(of_class.sum()) * chance
        classes += 1
        p = min(p, float(scipy.stats.binom.sf((of_class & alone).sum() - 1, of_class.sum(), chance)))
    later = float(counts.current[counts.reference == 0].sum())
    found = wilson(later / inflated[1], max(1, round(counts.m / inflated[1])))
    assert found is not None
    usual = expected / m
    effect = Effect(
        "new_values", found.estimate - usual, found.low - usual, found.high - usual, 0.0, TOLERANCE_NEW,
        "share of rows with a value the reference does not have, above what chance gives",
    )  # fmt: skip
    return Test("new values", min(1.0, p * classes), WEIGHTS["new values"], effect)


def _runs(codes: Codes, width: int) -> Array:
    starts = codes[np.flatnonzero(np.diff(codes, prepend=-1))]
    return np.bincount(starts, minlength=width).astype(np.float64)
