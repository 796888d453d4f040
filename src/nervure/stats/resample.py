"""Permutation tests of vectors' labels, with p-values below what their rounds can count."""

import numpy as np
import scipy
from numpy.typing import NDArray

Array = NDArray[np.float64]


def permuted_labels(n: int, m: int, rounds: int, random: np.random.Generator, block: int = 1) -> NDArray[np.bool_]:
    """(n + m, rounds): which rows are called current in each round; as many as m, give or take a block.

    block: rows that stay together, because neighbours in time depend on each other; 1 for independent rows. Blocks do
    not reach from the first n rows into the others.
    """
    if block <= 1:
        # The m smallest of random keys: one call for all rounds.
        keys = random.random((n + m, rounds))
        lowest: NDArray[np.bool_] = keys <= np.partition(keys, m - 1, axis=0)[m - 1]
        return lowest
    ids = np.concatenate([np.arange(n) // block, n // block + 1 + np.arange(m) // block])
    _, ids = np.unique(ids, return_inverse=True)
    sizes = np.bincount(ids).astype(float)
    chosen = np.zeros((len(sizes), rounds), bool)
    for each in range(rounds):
        order = random.permutation(len(sizes))
        reached = np.cumsum(sizes[order])
        count = int(np.argmin(np.abs(reached - m))) + 1
        chosen[order[: min(count, len(sizes) - 1)], each] = True
    found: NDArray[np.bool_] = chosen[ids]
    return found


def tail_p(observed: float, drawn: Array) -> float:
    """The share of `drawn` at least as large, one added to both (Phipson and Smyth 2010).

    Where fewer than ten are as large, the tail of a gamma distribution (Pearson III) with the mean, variance and skewness
    of `drawn` says more than counting does.
    """
    rounds = len(drawn)
    as_large = int((drawn >= observed - 1e-12 * abs(observed)).sum())
    counted = (1 + as_large) / (1 + rounds)
    spread = float(drawn.std())
    if as_large >= 10 or spread <= 0:
        return counted
    skew = max(float(scipy.stats.skew(drawn)), 1e-3)
    fitted = float(scipy.stats.pearson3.sf((observed - float(drawn.mean())) / spread, skew))
    # What was counted cannot be doubted downwards while some draws are as large.
    return min(1.0, max(fitted, 1e-300)) if as_large == 0 else min(counted, max(fitted, counted / 10))
