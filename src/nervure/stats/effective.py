"""How many independent observations a series of dependent ones is worth.

The variance of a mean of n dependent values is inflation * variance / n, where inflation is the long-run variance over
the variance of one value. Tests and intervals that divide by n / inflation keep their level on autocorrelated series.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
# Longer series are looked at as means of blocks: the long-run variance is the same, and the work stays small.
MOST_VALUES = 20_000
# So many values are worked on at once: an array of them lies in a processor's own cache.
AT_ONCE = 1 << 15
# Fewer values than this say too little about their own order.
FEWEST = 30
# A sample is looked at in so many pieces at most, each of this many values at least.
MOST_PIECES, FEWEST_IN_PIECE = 8, 100
# How sure block means must be before they overrule the autoregression.
SURE = 0.999


@dataclass(frozen=True, slots=True)
class Blocks:
    """A series of n values (mean, variance) as `inflation` looks at it: the means of blocks of `width` neighbours, and of pieces.

    What is left over at the end belongs to no block, but to the last piece (`piece_edges`).
    """

    n: int
    width: int
    mean: float
    variance: float
    means: Array
    pieces: Array


def inflation(values: ArrayLike) -> float:
    """How many dependent values are worth one independent value; at least 1, and 1 for fewer than 30 values.

    values: in the order of their time, without NaN. The long-run variance is that of an autoregression whose order
    the data choose (den Haan and Levin 1997; Berk 1974): for independent values the order is 0 and nothing is lost. What
    short autoregressions do not see (weak dependence over long stretches, bursts, clusters that follow each other) shows
    in the variance of block means, which is taken instead where it is larger beyond doubt.
    """
    held = np.asarray(values, np.float64)
    (found,) = blocks_of(len(held), lambda first, last: held[None, first:last])
    return inflation_of(found)


def inflation_of(series: Blocks) -> float:
    """The same of a series that is known by its blocks."""
    n, variance = series.n, series.variance
    # What rounding leaves of a constant is no variance.
    if n < FEWEST or variance <= 1e-20 * series.mean**2 or not math.isfinite(variance):
        return 1.0
    held = series.means - series.mean - _level(series)
    found = series.width * _long_run_variance(held, len(held) / len(series.pieces)) / variance
    return max(1.0, _blocks(held, series.width, variance, found))


def blocks_of(n: int, take: Callable[[int, int], Array]) -> list[Blocks]:
    """Of several series of n values at once. take(first, last): (series, last - first) values of these rows.

    Rows are taken a few thousand at a time, so that all that is done with them is done in the processor's cache.
    """
    width, edges = block_width(n), piece_edges(n)
    if width == 1:
        held = take(0, n)
        pieces = np.add.reduceat(held, edges[:-1], axis=1) / np.diff(edges) if n else held
        means, variances = (held.mean(axis=1), held.var(axis=1)) if n else (np.zeros(len(held)), np.zeros(len(held)))
        return [
            Blocks(n, 1, float(means[each]), float(variances[each]), held[each], pieces[each])
            for each in range(len(held))
        ]
    sums, count, mean, off = [], 0, np.zeros(1), np.zeros(1)
    for first in range(0, n, AT_ONCE // width * width):
        held = take(first, min(n, first + AT_ONCE // width * width))
        size = held.shape[1]
        own = held.mean(axis=1)
        # Chan, Golub and LeVeque (1983): squared deviations of two parts as one.
        off = off + np.square(held - own[:, None]).sum(axis=1) + (own - mean) ** 2 * count * size / (count + size)
        mean = mean + (own - mean) * size / (count + size)
        count += size
        whole = size // width * width
        sums.append(held[:, :whole].reshape(len(held), -1, width).sum(axis=2))
    totals = np.concatenate(sums, axis=1)
    reached = np.concatenate([np.zeros((len(totals), 1)), np.cumsum(totals, axis=1)], axis=1)
    ends = np.stack(
        [reached[:, edge // width] + take(edge // width * width, edge).sum(axis=1) for edge in edges], axis=1
    )
    pieces = np.diff(ends, axis=1) / np.diff(edges)
    return [
        Blocks(n, width, float(mean[each]), float(off[each]) / n, totals[each] / width, pieces[each])
        for each in range(len(totals))
    ]


@dataclass(frozen=True, slots=True)
class Coded:
    """A series of n codes (0 to c - 1), counted. by_block: (k, c) in blocks of `width` neighbours. by_piece: (p, c)."""

    n: int
    width: int
    by_block: Array
    by_piece: Array

    def scored(self, scores: Array) -> Blocks:
        """The series with each code's score, (c,), in its place."""
        often = self.by_piece.sum(axis=0)
        mean = float(often @ scores) / self.n
        variance = float(often @ (scores - mean) ** 2) / self.n
        pieces = self.by_piece @ scores / self.by_piece.sum(axis=1)
        return Blocks(self.n, self.width, mean, variance, self.by_block @ scores / self.width, pieces)


def coded(codes: NDArray[np.integer[Any]], count: int) -> Coded:
    """Counts of a series of at least one code. count: how many codes there are."""
    n = len(codes)
    width, edges = block_width(n), piece_edges(n)
    blocks = []
    for first in range(0, n // width * width, AT_ONCE // width * width):
        held = codes[first : min(n // width * width, first + AT_ONCE // width * width)].reshape(-1, width)
        cells = held + np.arange(len(held))[:, None] * count
        blocks.append(np.bincount(cells.reshape(-1), minlength=len(held) * count).reshape(-1, count))
    pieces = [np.bincount(codes[first:last], minlength=count) for first, last in pairwise(edges)]
    return Coded(n, width, np.concatenate(blocks).astype(np.float64), np.array(pieces, np.float64))


def block_width(n: int) -> int:
    """How many neighbours are one block in a series of n."""
    return max(1, n // MOST_VALUES)


def piece_edges(n: int) -> NDArray[np.int_]:
    """(pieces + 1,): the rows at which a series of n is cut."""
    found: NDArray[np.int_] = np.linspace(0, n, _pieces(n // block_width(n)) + 1).astype(int)
    return found


def effective_size(values: ArrayLike) -> float:
    """n / inflation."""
    held = np.asarray(values, np.float64)
    return len(held) / inflation(held)


def block_means(values: Array, width: int) -> Array:
    """Means of blocks of `width` values; what is left over at the end is left out."""
    count = len(values) // width
    found: Array = values[: count * width].reshape(count, width).mean(axis=1)
    return found


def _pieces(n: int) -> int:
    return min(MOST_PIECES, max(1, n // FEWEST_IN_PIECE))


def _level(series: Blocks) -> Array:
    """(k,): mean of the pieces that each block lies in, less that of all.

    A lasting change in the middle of a sample is no dependence between neighbours. What lasts longer than a piece is thereby
    taken for a change, which no test can tell from dependence anyway.
    """
    edges, off, width = piece_edges(series.n), series.pieces - series.mean, series.width
    found: Array = np.repeat(off, np.diff([*-(-edges[:-1] // width), len(series.means)]))
    # A block that an edge cuts has a part in either piece.
    cut, part = edges[1:-1] // width, edges[1:-1] % width / width
    found[cut] = off[:-1] * part + off[1:] * (1 - part)
    return found


def _long_run_variance(values: Array, piece: float) -> float:
    """Of values less the mean of pieces so long: that takes LRV / piece from each autocovariance, which is given back."""
    lags = max(1, min(int(10 * math.log10(len(values))), len(values) // 10))
    # Not by @, which sets every processor to work on a sum of a few microseconds.
    gamma = np.array([np.einsum("i,i", values[: len(values) - lag], values[lag:]) for lag in range(lags + 1)]) / len(
        values
    )
    found = _of_autoregression(gamma, len(values))
    if found <= gamma[0]:
        return found
    for _ in range(2):
        found = min(_of_autoregression(gamma + found / piece, len(values)), 2 * found)
    return found


def _of_autoregression(gamma: Array, n: int) -> float:
    """sigma^2 / (1 - sum of coefficients)^2 of an autoregression (Levinson and Durbin).

    BIC says whether neighbours depend on each other at all; when they do, AIC says how far, because too short an
    autoregression sees too little and alarms too often.
    """
    if gamma[0] <= 0:
        return 0.0
    error, coefficients = float(gamma[0]), np.zeros(0)
    best_bic = best_aic = n * math.log(error)
    best, is_dependent = error, False
    for order in range(1, len(gamma)):
        reflection = (
            (gamma[order] - float(coefficients @ gamma[order - 1 : 0 : -1])) / error if order > 1 else gamma[1] / error
        )
        coefficients = np.append(coefficients - reflection * coefficients[::-1], reflection)
        error *= 1 - reflection**2
        if error <= 1e-12 * gamma[0]:
            # As good as deterministic: one observation, however long.
            return float(gamma[0]) * n
        likely = n * math.log(error)
        is_dependent = is_dependent or likely + order * math.log(n) < best_bic
        if likely + 2 * order < best_aic:
            # A finite series cannot be worth less than one observation.
            gain = max(1 - float(coefficients.sum()), 1 / n)
            best_aic, best = likely + 2 * order, min(error / gain**2, float(gamma[0]) * n)
    return best if is_dependent else float(gamma[0])


def _blocks(held: Array, width: int, variance: float, found: float) -> float:
    """The largest inflation that block means of some length show beyond doubt; `found` when none does."""
    n, length = len(held), 4
    while n // length >= FEWEST:
        means = block_means(held, length)
        freedom = len(means) - 1
        shown = width * length * float(means.var(ddof=1)) / variance
        if shown > found * _sure(freedom):
            found = shown
        length *= 2
    return found


@cache
def _sure(freedom: int) -> float:
    """The SURE quantile of a chi-square variable over its degrees of freedom."""
    return float(scipy.stats.chi2.ppf(SURE, freedom)) / freedom
