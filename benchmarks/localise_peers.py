"""Published methods of localisation, written from their papers, to stand beside ours on the same tables.

Adtributor: Bhagwan et al., NSDI 2014. RiskLoc: Kalander, arXiv 2205.10004 (2022), with the thresholds given there.
"""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Columns = dict[str, NDArray[np.str_]]


def adtributor(dimensions: Columns, actual: Array, expected: Array) -> list[dict[str, str]]:
    """Elements of the most surprising dimension that together explain two thirds of the change, each at least a tenth."""
    total_actual, total_expected = actual.sum(), expected.sum()
    candidates = []
    for name, column in dimensions.items():
        values, codes = np.unique(column, return_inverse=True)
        a, p = np.bincount(codes, actual), np.bincount(codes, expected)
        power = (a - p) / (total_actual - total_expected)
        q, r = p / total_expected, a / total_actual
        with np.errstate(divide="ignore", invalid="ignore"):
            surprise = 0.5 * (np.nan_to_num(q * np.log(2 * q / (q + r))) + np.nan_to_num(r * np.log(2 * r / (q + r))))
        chosen: list[int] = []
        for element in np.argsort(-surprise):
            if power[element] > 0.1:
                chosen.append(int(element))
            if power[chosen].sum() > 0.67:
                candidates.append((float(surprise[chosen].sum()), [{name: str(values[one])} for one in chosen]))
                break
    return max(candidates, key=lambda one: one[0])[1] if candidates else []


def riskloc(
    dimensions: Columns, actual: Array, expected: Array, risk: float = 0.5, part: float = 0.02
) -> list[dict[str, str]]:
    """Weighted risk over partitions of rows by a cutoff of the deviation; one scope after another, few dimensions first."""
    names = list(dimensions)
    coded = [np.unique(dimensions[name], return_inverse=True) for name in names]
    deviation = np.divide(
        2 * (expected - actual), expected + actual, out=np.zeros_like(actual), where=expected + actual != 0
    )
    ends = np.unique(deviation)
    # Five values at each end may be chance; the nearer end, mirrored, divides usual from unusual.
    low, high = ends[min(5, len(ends) - 1)], ends[max(-6, -len(ends))]
    cutoff = -min((low, high), key=abs)
    odd = deviation > cutoff if cutoff >= 0 else deviation < cutoff
    weight = np.where(odd, np.abs(deviation), np.abs(cutoff - deviation))
    weight[(actual == 0) & (expected == 0)] = 0
    weight = np.minimum(weight, 1)
    power = (actual - expected) / ((actual - expected).sum() or 1.0)
    if power[odd].sum() < 0:
        power = -power
    least = power[odd].sum() * part
    alive = np.ones(len(actual), bool)
    found: list[dict[str, str]] = []
    while power[odd & alive].sum() >= least and len(found) < 20:
        scope = _one(coded, actual, expected, deviation, odd, weight, power, alive, risk, least)
        if scope is None:
            break
        inside = np.all([coded[d][1] == e for d, e in scope.items()], axis=0)
        alive &= ~inside
        found.append({names[d]: str(coded[d][0][e]) for d, e in scope.items()})
    return found


def _one(
    coded: list[tuple[NDArray[np.str_], NDArray[np.int64]]], actual: Array, expected: Array, deviation: Array,
    odd: NDArray[np.bool_], weight: Array, power: Array, alive: NDArray[np.bool_], risk: float, least: float,
) -> dict[int, int] | None:  # fmt: skip
    for layer in range(1, len(coded) + 1):
        best, best_power = None, least
        for chosen in combinations(range(len(coded)), layer):
            element = np.zeros(len(actual), np.int64)
            for d in chosen:
                element = element * len(coded[d][0]) + coded[d][1]
            rows = np.flatnonzero(alive)
            kinds, codes = np.unique(element[rows], return_inverse=True)
            powers, odds = np.bincount(codes, power[rows]), np.bincount(codes, odd[rows])
            order = np.argsort(codes, kind="stable")
            bounds = np.concatenate(([0], np.cumsum(np.bincount(codes))))
            for one in np.argsort(-powers):
                if powers[one] <= best_power:
                    break
                if not odds[one]:
                    continue
                inside = rows[order[bounds[one] : bounds[one + 1]]]
                if _risk(inside, actual, expected, deviation, odd, weight) >= risk:
                    rest, scope = int(kinds[one]), {}
                    for d in reversed(chosen):
                        rest, scope[d] = divmod(rest, len(coded[d][0]))
                    best, best_power = scope, powers[one]
                    break
        if best is not None:
            return best
    return None


def _risk(
    inside: NDArray[np.int64], actual: Array, expected: Array, deviation: Array, odd: NDArray[np.bool_], weight: Array
) -> float:
    unusual = weight[inside][odd[inside]].sum()
    high = unusual / (unusual + weight[inside][~odd[inside]].sum() + 1)
    both = inside[(actual[inside] != 0) & (expected[inside] != 0)]
    if not len(both):
        return float(high)
    a, p = actual[both], expected[both]
    moved = p * a.sum() / p.sum()
    off = np.abs(2 * (moved - a) / (moved + a)).mean()
    was = np.abs(deviation[both]).mean()
    return float(high - (off / was if was else 0.0))
