"""How far raters agree beyond chance, with intervals."""

import math
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Literal

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from nervure.stats.intervals import Interval, wilson

Array = NDArray[np.float64]
# Agreement that falls short of all only by rounding.
ALL = 1e-12
Metric = Literal["nominal", "ordinal", "interval", "ratio"]


def cohen_kappa(
    one: Sequence[Hashable],
    other: Sequence[Hashable],
    weights: Literal["none", "linear", "quadratic"] = "none",
    level: float = 0.95,
) -> Interval | None:
    """Agreement of two raters (Cohen 1960, 1968) with the large-sample variance of Fleiss, Cohen and Everitt (1969).

    one, other: labels of the same items in the same order; with weights they must sort in the order of the scale.
    None when nothing was rated, or when both gave one and the same label to everything: chance explains all then.
    """
    if len(one) != len(other):
        raise ValueError(f"both raters must have rated the same items, got {len(one)} and {len(other)} labels")
    labels: list[Any] = sorted(set(one) | set(other), key=_order)
    if not one or len(labels) < 2:
        return None
    place = {label: number for number, label in enumerate(labels)}
    size = len(labels)
    table = np.zeros((size, size))
    for a, b in zip(one, other, strict=True):
        table[place[a], place[b]] += 1
    n = len(one)
    table /= n
    gaps = np.abs(np.subtract.outer(np.arange(size), np.arange(size))) / (size - 1)
    agree = {"none": np.eye(size), "linear": 1 - gaps, "quadratic": 1 - gaps**2}[weights]
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    seen, chance = float((agree * table).sum()), float((agree * np.outer(rows, columns)).sum())
    if seen > 1 - ALL:
        return _unanimous(float(rows @ columns), n, level)
    kappa = (seen - chance) / (1 - chance)
    by_row, by_column = agree @ columns, agree.T @ rows
    spread = (table * (agree - np.add.outer(by_row, by_column) * (1 - kappa)) ** 2).sum() - (
        kappa - chance * (1 - kappa)
    ) ** 2
    error = math.sqrt(max(0.0, float(spread)) / n) / (1 - chance)
    half = float(scipy.stats.norm.ppf(0.5 + level / 2)) * error
    return Interval(kappa, max(-1.0, kappa - half), min(1.0, kappa + half), n, level)


def fleiss_kappa(counts: ArrayLike, level: float = 0.95) -> Interval | None:
    """Agreement of several raters (Fleiss 1971), interval by leaving items out (jackknife).

    counts: (items, categories), how many raters chose the category; every item needs the same number of raters, at
    least two. None when all ratings fall into one category.
    """
    table = np.asarray(counts, np.float64)
    raters = table.sum(axis=1)
    if table.ndim != 2 or not len(table) or (raters != raters[0]).any() or raters[0] < 2:
        raise ValueError(
            "counts must be items by categories with the same number of raters, two or more, for each item"
        )
    own = ((table**2).sum(axis=1) - raters[0]) / (raters[0] * (raters[0] - 1))

    def kappa(agreement: Array, share: Array) -> Array:
        chance = (share**2).sum(axis=-1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((agreement - chance) / (1 - chance), np.float64)

    n, total = len(table), table.sum(axis=0)
    whole = float(kappa(np.array(own.mean()), total / total.sum()))
    if math.isnan(whole):
        return None
    if own.min() > 1 - ALL:
        return _unanimous(float(((total / total.sum()) ** 2).sum()), n, level)
    left = kappa((own.sum() - own) / max(1, n - 1), (total - table) / max(1.0, total.sum() - raters[0]))
    return _jackknife(whole, left, n, level)


def krippendorff_alpha(ratings: ArrayLike, metric: Metric = "nominal", level: float = 0.95) -> Interval | None:
    """Krippendorff's alpha for any number of raters with gaps (Krippendorff 2011), interval by leaving units out.

    ratings: (raters, units) of numbers, NaN where a rater did not rate; categories as numbers. Units with fewer than
    two ratings say nothing and are left out. None when fewer than two units or values remain.
    """
    table = np.asarray(ratings, np.float64)
    table = table[:, (~np.isnan(table)).sum(axis=0) >= 2]
    values = np.unique(table[~np.isnan(table)])
    if table.shape[1] < 2 or len(values) < 2:
        return None
    # (units, values): how often each value was given to the unit.
    held = np.stack([(table == value).sum(axis=0) for value in values], axis=1).astype(float)
    sizes = held.sum(axis=1)
    # Ordinal distances depend on how often each value is used, so they change as units are left out.
    distance = _distances(values, metric)

    def alpha(units: Array) -> float:
        return _alpha(held[units], sizes[units], distance)

    n = len(held)
    everything = np.ones(n, bool)
    whole = alpha(everything)
    if whole > 1 - ALL:
        totals = held.sum(axis=0)
        return _unanimous(float((totals * (totals - 1)).sum() / (totals.sum() * (totals.sum() - 1))), n, level)
    left = np.empty(n)
    for unit in range(n):
        everything[unit] = False
        left[unit] = alpha(everything)
        everything[unit] = True
    return _jackknife(whole, left, n, level)


def _alpha(held: Array, sizes: Array, distance: Callable[[Array], Array]) -> float:
    totals = held.sum(axis=0)
    gaps = distance(totals)
    # Within a unit each pair of its ratings, weighted so that a unit counts by its ratings.
    observed = float((((held @ gaps) * held).sum(axis=1) / (sizes - 1)).sum())
    expected = float(totals @ gaps @ totals) / (totals.sum() - 1)
    return 1 - observed / expected if expected else math.nan


def _distances(values: Array, metric: Metric) -> Callable[[Array], Array]:
    if metric == "nominal":
        fixed = 1 - np.eye(len(values))
    elif metric == "interval":
        fixed = np.subtract.outer(values, values) ** 2
    elif metric == "ratio":
        sums = np.add.outer(values, values)
        fixed = (np.subtract.outer(values, values) / np.where(sums == 0, 1, sums)) ** 2
    elif metric == "ordinal":

        def ordinal(totals: Array) -> Array:
            # The ratings between two ranks, counting half of each end.
            ranks = np.cumsum(totals) - totals / 2
            return np.asarray(np.subtract.outer(ranks, ranks) ** 2)

        return ordinal
    else:
        raise ValueError(f"metric must be nominal, ordinal, interval or ratio, got {metric!r}")
    return lambda _: fixed


def _unanimous(chance: float, n: int, level: float) -> Interval:
    """Of raters who agreed on every item: no method that looks at how items differ can say how sure that is.

    So many items may still be disagreed about as Wilson's interval of the agreed share allows, each of them as far apart
    as two different labels usually are. chance: share of agreement by chance, below 1.
    """
    agreed = wilson(n, n, level)
    assert agreed is not None
    return Interval(1.0, max(-1.0, 1 - (1 - agreed.low) / (1 - chance)), 1.0, n, level)


def _jackknife(whole: float, left: Array, n: int, level: float) -> Interval:
    """Tukey's interval from the pseudo-values of leaving one out."""
    left = np.where(np.isnan(left), whole, left)
    if n < 3:
        return Interval(whole, -1.0, 1.0, n, level)
    error = math.sqrt((n - 1) / n * float(((left - left.mean()) ** 2).sum()))
    half = float(scipy.stats.t.ppf(0.5 + level / 2, n - 1)) * error
    return Interval(whole, max(-1.0, whole - half), min(1.0, whole + half), n, level)


def _order(label: Hashable) -> tuple[bool, Any]:
    return (isinstance(label, str), label)
