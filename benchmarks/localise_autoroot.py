"""AutoRoot (Jing et al. 2021), written from its paper, to stand beside ours on the same tables.

Rows are clustered by how far they are off (valleys of a kernel density divide them). Of each cluster the element is taken whose
mean of three shares is highest: of its rows that are the cluster's (location fraction), of the cluster's rows that are its own
(cluster fraction), and how well one factor explains its values (new potential score). An element within another's is dropped.
"""

from itertools import combinations

import numpy as np
from benchmarks.localise_peers import Array, Columns
from numpy.typing import NDArray
from scipy.signal import argrelextrema
from scipy.stats import gaussian_kde

USUAL = 0.2
LEAST = 0.1
Scope = dict[str, str]


def autoroot(dimensions: Columns, actual: Array, expected: Array, least: float = LEAST) -> list[Scope]:
    """Scopes of all clusters of what is off. least: location and cluster fraction that an element must exceed."""
    both = actual + expected
    off = np.divide(2 * (expected - actual), both, out=np.zeros_like(both), where=both != 0)
    coded = {name: np.unique(column, return_inverse=True) for name, column in dimensions.items()}
    found: list[Scope] = []
    for rows in _clusters(off, np.flatnonzero(np.abs(off) > USUAL)):
        scope = _best(coded, actual, expected, rows, least)
        if scope is not None and scope not in found:
            found.append(scope)
    return [one for one in found if not any(other != one and other.items() <= one.items() for other in found)]


def _clusters(off: Array, rows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    if not len(rows):
        return []
    if len(np.unique(off[rows])) < 2:
        return [rows]
    at = np.linspace(-2, 2, 400)
    valleys = at[argrelextrema(gaussian_kde(off[rows], bw_method="silverman")(at), np.less)[0]]
    number = np.searchsorted(valleys, off[rows])
    return [rows[number == one] for one in np.unique(number)]


def _best(
    coded: dict[str, tuple[NDArray[np.str_], NDArray[np.int64]]], actual: Array, expected: Array,
    cluster: NDArray[np.int64], least: float,
) -> Scope | None:  # fmt: skip
    best, score = None, -1.0
    inside = np.zeros(len(actual), bool)
    inside[cluster] = True
    for layer in range(1, len(coded) + 1):
        if layer == len(coded) and 1 / len(cluster) <= least:
            continue
        for names in combinations(coded, layer):
            key = np.zeros(len(actual), np.int64)
            for name in names:
                key = key * len(coded[name][0]) + coded[name][1]
            kinds, element = np.unique(key, return_inverse=True)
            own = np.bincount(element, inside)
            location, part = own / np.bincount(element), own / len(cluster)
            # One element a set of dimensions: that whose values one factor explains best.
            candidates = [
                (_potential(element == one, actual, expected), one)
                for one in np.flatnonzero((location > least) & (part > least)).tolist()
            ]
            if not candidates:
                continue
            potential, one = max(candidates)
            if (mean := (potential + location[one] + part[one]) / 3) > score:
                score, rest, best = mean, int(kinds[one]), {}
                for name in reversed(names):
                    rest, code = divmod(rest, len(coded[name][0]))
                    best[name] = str(coded[name][0][code])
    return best


def _potential(mine: NDArray[np.bool_], actual: Array, expected: Array) -> float:
    """1: the element's rows all changed by one factor and the others not at all."""
    whole = expected[mine].sum()
    factor = actual[mine].sum() / whole if whole else 0.0

    def far(told: Array, real: Array) -> float:
        share = np.divide(np.abs(real - told), real, out=np.zeros_like(real), where=real != 0)
        return float(share.mean()) if len(share) else 0.0

    rest = far(expected[~mine], actual[~mine])
    was = far(expected[mine], actual[mine]) + rest
    return 1 - (far(expected[mine] * factor, actual[mine]) + rest) / was if was else -1.0
