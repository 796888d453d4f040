"""The contract of a measure: one file in `measures` that ends in MEASURE. A measure compares two samples, pure."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nervure.base.errors import NotFound
from nervure.base.plugins import discover
from nervure.detect.drift.cells import Cells
from nervure.detect.drift.noncentral import squared_interval
from nervure.detect.drift.vectors import Cloud

Array = NDArray[np.float64]
Of = Literal["numeric", "categorical", "embedding"]
# Fewer rounds leave the same draws' own chance in every interval: at 200 they were a sixth too narrow or too wide.
ROUNDS = 1000
# Numbers are drawn again in at most so many cells of about equal share: the spread of a measure hardly depends on them.
DRAWN_CELLS = 256


@dataclass(frozen=True, slots=True)
class Pair:
    """Two samples. reference, current: counts by cell or value. values: (k,) ascending, for numbers only.

    reference_sd: of numbers. cloud: for embeddings only, then there are no counts. n, m: independent observations that
    the counts are worth.
    """

    reference: Array
    current: Array
    n: float
    m: float
    values: Array | None = None
    reference_sd: float = 0.0
    cloud: Cloud | None = None

    def get_values(self) -> Array:
        if self.values is None:
            raise ValueError("this measure compares numbers: give the cells' values")
        return self.values

    def get_cloud(self) -> Cloud:
        if self.cloud is None:
            raise ValueError("this measure compares embeddings: give the vectors")
        return self.cloud


@dataclass(frozen=True, slots=True)
class Measure:
    """compute: of a pair, 0 or `none` when nothing differs. of: kinds it is defined for. about: in a line, with its source.

    interval: its own 95 % interval, where there is a better one than by resampling the counts; None for a pair of which it
    cannot tell. is_root: it is the root of a divergence, whose bias adds up: its interval is found of the divergence.
    """

    name: str
    about: str
    of: tuple[Of, ...]
    compute: Callable[[Pair], float]
    low: float = 0.0
    high: float = float("inf")
    interval: Callable[[Pair], tuple[float, float] | None] | None = None
    is_root: bool = False


@cache
def measures() -> dict[str, Measure]:
    """Every measure by name."""
    from nervure.detect.drift import measures as folder

    return discover(folder, "MEASURE")


def get_measure(name: str) -> Measure:
    """Raises NotFound with the names there are."""
    found = measures().get(name)
    if found is None:
        raise NotFound(f"there is no drift measure {name!r}: use one of {', '.join(measures())}")
    return found


def pair_of(cells: Cells, n: float, m: float) -> Pair:
    """Of numbers. n, m: independent observations the samples are worth."""
    return Pair(cells.reference, cells.current, n, m, cells.values, cells.moments_reference.sd)


def with_interval(measure: Measure, pair: Pair, seed: int = 0) -> tuple[float, float, float]:
    """(value, low, high): 95 % interval, the measure's own or by drawing counts again as often as rows are independent.

    The basic bootstrap turned at the value (Davison and Hinkley 1997, section 5.2): distances of samples are too large on
    average, drawn ones twice so, and turning takes that out. Near 0, the end of a distance's range, it takes out too much:
    there `low` is 0 unless the value is beyond what samples of the pooled counts give in 97.5 of 100 cases, and `high` is
    at least 1.96 standard deviations above the value, so that intervals there hold the truth more often than 95 %. Roots of
    squared distances are inverted as `_of_squared` tells.
    Embeddings without an interval of their own have none (NaN).
    """
    value = measure.compute(pair)
    own = measure.interval(pair) if measure.interval is not None else None
    if own is not None:
        return (value, *own)
    if pair.cloud is not None:
        return value, float("nan"), float("nan")
    random = np.random.default_rng(seed)
    pair = _coarse(pair)
    centre = measure.compute(pair)
    shares = pair.reference / pair.reference.sum(), pair.current / pair.current.sum()
    drawn = _drawn(measure, pair, shares, random)
    if measure.is_root:
        low, high = _of_squared(value**2, drawn**2, _drawn(measure, pair, _same(pair), random) ** 2)
        return value, low**0.5, min(high**0.5, measure.high)
    below, above = np.quantile(drawn, (0.025, 0.975))
    low, high = value + centre - above, value + centre - below
    if measure.low == 0.0:
        high = max(high, value + 1.96 * float(drawn.std()))
    if measure.low == 0.0 and low > 0.0 and centre <= np.quantile(_drawn(measure, pair, _same(pair), random), 0.975):
        low = 0.0
    return value, float(np.clip(low, measure.low, measure.high)), float(np.clip(high, measure.low, measure.high))


def _of_squared(value: float, drawn: Array, drawn_same: Array) -> tuple[float, float]:
    """95 % interval of a squared distance. drawn_same: of samples of one distribution, a chi-square by their moments.

    Satterthwaite's (1946) approximation; how much wider it is far from nothing is told by the spread of `drawn`, which lie
    as far from the samples as these from the truth.
    """
    usual, variance = float(drawn_same.mean()), float(drawn_same.var())
    if usual <= 0 or variance <= 0:
        return 0.0, value
    unit = variance / (2 * usual)
    freedom, statistic = usual / unit, value / unit
    wider = float(drawn.std()) / unit / math.sqrt(2 * freedom + 4 * statistic)
    low, high = squared_interval(statistic, freedom, wider)
    return low * unit, high * unit


def _same(pair: Pair) -> tuple[Array, Array]:
    pooled = pair.reference + pair.current
    return pooled / pooled.sum(), pooled / pooled.sum()


def _coarse(pair: Pair) -> Pair:
    """Numbers in at most DRAWN_CELLS cells."""
    if pair.values is None or len(pair.values) <= DRAWN_CELLS:
        return pair
    pooled = pair.reference + pair.current
    cell = ((np.cumsum(pooled) - pooled / 2) * DRAWN_CELLS / pooled.sum()).astype(np.intp)
    starts = np.flatnonzero(np.diff(cell, prepend=-1))
    ahead, behind, held = (np.add.reduceat(one, starts) for one in (pair.reference, pair.current, pooled))
    values = np.add.reduceat(pair.values * pooled, starts) / held
    return replace(pair, reference=ahead, current=behind, values=values)


def _drawn(measure: Measure, pair: Pair, shares: tuple[Array, Array], random: np.random.Generator) -> Array:
    """(ROUNDS,): the measure of samples of these shares, as large as the pair's are worth."""
    sizes = max(2, round(pair.n)), max(2, round(pair.m))
    usual = _sd(pair.values, pair.reference)
    found = np.empty(ROUNDS)
    for each in range(ROUNDS):
        first, second = (
            random.multinomial(size, of).astype(np.float64) for size, of in zip(sizes, shares, strict=True)
        )
        # The unit of many distances is an estimate, too.
        sd = pair.reference_sd * _sd(pair.values, first) / usual if usual else pair.reference_sd
        found[each] = measure.compute(Pair(first, second, pair.n, pair.m, pair.values, sd))
    return found


def _sd(values: Array | None, counts: Array) -> float:
    if values is None:
        return 0.0
    share = counts / counts.sum()
    return math.sqrt(float(share @ (values - share @ values) ** 2))


def ten_bins(pair: Pair) -> tuple[Array, Array]:
    """Shares in ten cells of equal share of the reference, for numbers; of each value, for categories."""
    n, m = pair.reference.sum(), pair.current.sum()
    if pair.values is None:
        return pair.reference / n, pair.current / m
    below = np.cumsum(pair.reference) - pair.reference / 2
    group = np.minimum((below * 10 / n).astype(int), 9)
    return np.bincount(group, pair.reference, 10) / n, np.bincount(group, pair.current, 10) / m
