"""Bias over protected groups: how often each group gets the favourable answer, and how often that is right."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from nervure.base.errors import BadInput
from nervure.detect.drift.shares import difference
from nervure.stats.intervals import Interval, wilson
from nervure.stats.multiplicity import holm

FEWEST = 20
# "Four fifths": the usual line below which a selection rate is said to be adverse (29 CFR 1607.4 D).
FOUR_FIFTHS = 0.8


@dataclass(frozen=True, slots=True)
class Group:
    """selected: share that gets the favourable answer. true_positive_rate, false_positive_rate: when targets are known.

    difference, ratio: of `selected` to that of the group compared with, (value, low, high). p: adjusted over the groups
    (Holm). verdict: "disparity" when p <= 0.05 and the ratio or its inverse lies below four fifths; "difference" when only p
    speaks; "not enough data" below 20 rows; else "none".
    """

    name: str
    n: int
    selected: Interval
    true_positive_rate: Interval | None
    false_positive_rate: Interval | None
    difference: tuple[float, float, float]
    ratio: tuple[float, float, float]
    p: float
    verdict: str


def group_rates(
    groups: Sequence[Any], prediction: Sequence[Any], target: Sequence[Any] | None = None, favourable: Any = 1, against: str = ""
) -> list[Group]:  # fmt: skip
    """One entry a group, the one compared with first (`against`, by default the largest).

    favourable: the prediction (and target) that counts. Rows without a group are left out. Raises BadInput.
    """
    if len(groups) != len(prediction) or (target is not None and len(target) != len(groups)):
        raise BadInput("groups, predictions and targets must be of the same rows")
    names = np.array(["" if one is None else str(one) for one in groups], object)
    said = np.array([_same(one, favourable) for one in prediction])
    true = None if target is None else np.array([_same(one, favourable) for one in target])
    sizes = {str(name): int((names == name).sum()) for name in np.unique(names[names != ""].astype(str))}
    if not sizes:
        raise BadInput("no row names a group")
    base = against or max(sorted(sizes), key=lambda name: sizes[name])
    if base not in sizes:
        raise BadInput(f"there is no group {base!r}: there are {', '.join(sorted(sizes)[:20])}")
    order = [base, *sorted(name for name in sizes if name != base)]
    counts = {name: (int(said[names == name].sum()), sizes[name]) for name in order}
    hits, n = counts[base]
    p_values = [_p(*counts[name], hits, n) if name != base else math.nan for name in order]
    adjusted = holm(p_values)
    made = []
    for name, p in zip(order, adjusted, strict=True):
        later, m = counts[name]
        selected, rates = wilson(later, m), _rates(said, true, names == name)
        assert selected is not None
        ratio = _ratio(later, m, hits, n)
        gap = difference(hits, n, later, m) if name != base else (0.0, 0.0, 0.0)
        made.append(
            Group(name, m, selected, *rates, gap, ratio, float(p), _verdict(name == base, m, float(p), ratio[0]))
        )
    return made


def _verdict(is_base: bool, n: int, p: float, ratio: float) -> str:
    if n < FEWEST:
        return "not enough data"
    if is_base or not p <= 0.05:
        return "none"
    return "disparity" if ratio < FOUR_FIFTHS or ratio > 1 / FOUR_FIFTHS else "difference"


def _same(value: Any, favourable: Any) -> bool:
    """1, 1.0, True and "1" are one answer."""
    return str(value).lower() == str(favourable).lower() or (
        isinstance(value, int | float) and isinstance(favourable, int | float) and float(value) == float(favourable)
    )


def _rates(said: Any, true: Any, member: Any) -> tuple[Interval | None, Interval | None]:
    if true is None:
        return None, None
    positive, negative = member & true, member & ~true
    return (
        wilson(int((said & positive).sum()), int(positive.sum())), wilson(int((said & negative).sum()), int(negative.sum())),
    )  # fmt: skip


def _p(later: int, m: int, hits: int, n: int) -> float:
    return float(scipy.stats.fisher_exact([[later, m - later], [hits, n - hits]])[1])


def _ratio(later: int, m: int, hits: int, n: int) -> tuple[float, float, float]:
    """Interval on the logarithm (Katz et al. 1978), half a row added to each count so that none is 0."""
    one, other = (later + 0.5) / (m + 0.5), (hits + 0.5) / (n + 0.5)
    error = math.sqrt(max(1 / (later + 0.5) - 1 / (m + 0.5) + 1 / (hits + 0.5) - 1 / (n + 0.5), 0.0))
    log = math.log(one / other)
    return math.exp(log), math.exp(log - 1.96 * error), math.exp(log + 1.96 * error)
