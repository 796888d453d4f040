"""Two samples of numbers as counts in common cells, and what each row's place among them is.

Up to 40,000 values a cell is a distinct value and nothing is lost. Above, a value's cell is read from the bits of its
distance from the median, which costs a few passes and no sort; cells then hold at least 1/8192 of the rows each, so that
a distribution function is known to within 0.00013.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Codes = NDArray[np.integer[Any]]
EXACT = 40_000
MOST_CELLS = 8192
# Of a float32: sign and exponent and eleven bits of the fraction, that is steps of a two-thousandth.
SHIFT = 12
OFFSET = 1 << 19
# So many values are worked on at once: an array of them lies in a processor's own cache.
AT_ONCE = 1 << 15


@dataclass(frozen=True, slots=True)
class Moments:
    """Of one sample: mean, standard deviation, skewness and kurtosis (3 for a normal distribution)."""

    n: int
    mean: float
    sd: float
    skew: float
    kurtosis: float


@dataclass(frozen=True, slots=True)
class Cells:
    """values: (k,) ascending, what a cell stands for. reference, current: (k,) counts.

    codes_reference, codes_current: the cell of each row in order, empty when only counts are known.
    """

    values: Array
    reference: Array
    current: Array
    codes_reference: Codes
    codes_current: Codes
    moments_reference: Moments
    moments_current: Moments

    @property
    def n(self) -> int:
        return int(self.reference.sum())

    @property
    def m(self) -> int:
        return int(self.current.sum())


def cells_of(reference: Array, current: Array) -> Cells:
    """Of finite values, neither side empty."""
    if len(reference) + len(current) <= EXACT:
        values, codes = np.unique(np.concatenate([reference, current]), return_inverse=True)
        ahead, behind = codes[: len(reference)], codes[len(reference) :]
        counts = np.bincount(ahead, minlength=len(values)), np.bincount(behind, minlength=len(values))
        return _made(values, *counts, ahead, behind, moments(values, counts[0]), moments(values, counts[1]))
    centre, scale = _centre(reference, current)
    fine_ahead, fine_behind = _fine(reference, centre, scale), _fine(current, centre, scale)
    counts = np.bincount(fine_ahead, minlength=2 * OFFSET), np.bincount(fine_behind, minlength=2 * OFFSET)
    pooled = counts[0] + counts[1]
    used = np.flatnonzero(pooled)
    places = centre + scale * _middle(used)
    held = pooled[used]
    total = int(held.sum())
    group = (np.cumsum(held) - 1) * MOST_CELLS // total
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    # MOST_CELLS fit, and all places lie in a processor's own cache.
    to_cell = np.zeros(2 * OFFSET, np.uint16)
    to_cell[used] = np.cumsum(np.diff(group, prepend=-1) > 0) - 1
    values = np.add.reduceat(places * held, starts) / np.add.reduceat(held, starts)
    return _made(
        values, np.add.reduceat(counts[0][used], starts), np.add.reduceat(counts[1][used], starts), to_cell[fine_ahead],
        to_cell[fine_behind], moments(places, counts[0][used]), moments(places, counts[1][used]),
    )  # fmt: skip


def counted(values: Array, reference: Array, current: Array) -> Cells:
    """Of counts that somebody else made, e.g. the store. values: ascending."""
    none = np.zeros(0, np.intp)
    return _made(values, reference, current, none, none, moments(values, reference), moments(values, current))


def moments(values: Array, counts: NDArray[Any]) -> Moments:
    """Of values that occur so often."""
    n = float(counts.sum())
    share = counts / n
    # In a unit of their own, so that squares of very large values stay numbers.
    unit = float(np.abs(values).max()) or 1.0
    # From a value among them, so that a small spread far from 0 keeps its digits.
    middle = float(values[len(values) // 2])
    mean = middle + float((share * (values / unit - middle / unit)).sum()) * unit
    off = (values - mean) / unit
    squared = off * off
    weighed = share * squared
    variance = float(weighed.sum())
    if variance <= 1e-24 * (mean / unit) ** 2:
        return Moments(int(n), mean, 0.0, 0.0, 3.0)
    skew, kurtosis = float((weighed * off).sum()) / variance**1.5, float((weighed * squared).sum()) / variance**2
    return Moments(int(n), mean, (variance * n / max(n - 1, 1)) ** 0.5 * unit, skew, kurtosis)


def _made(
    values: Array, ahead: NDArray[Any], behind: NDArray[Any], codes: Codes, later: Codes, one: Moments, other: Moments
) -> Cells:
    return Cells(values, ahead.astype(np.float64), behind.astype(np.float64), codes, later, one, other)


def _centre(reference: Array, current: Array) -> tuple[float, float]:
    """Median and spread of a few rows of both: only where cells are fine depends on them."""
    some = np.concatenate([reference[:: max(1, len(reference) // 5000)], current[:: max(1, len(current) // 5000)]])
    low, centre, high = np.percentile(some, (10, 50, 90))
    scale = float(high - low) / 2
    return float(centre), scale if scale > 0 else max(abs(float(centre)), 1.0)


def _fine(values: Array, centre: float, scale: float) -> Codes:
    """Places in order of the values, 0 to 2 * OFFSET."""
    found = np.empty(len(values), np.intp)
    for first in range(0, len(values), AT_ONCE):
        with np.errstate(over="ignore"):
            near = ((values[first : first + AT_ONCE] - centre) * (1 / scale)).astype(np.float32)
        # Bits of floats are ordered like the floats themselves, once those of negative ones are turned round.
        bits = near.view(np.int32)
        bits ^= (bits >> 31) & np.int32(0x7FFFFFFF)
        bits >>= SHIFT
        bits += OFFSET
        found[first : first + AT_ONCE] = bits
    return found


def _middle(fine: Codes) -> Array:
    """The value in the middle of a fine place, the other way round."""
    bits = (((fine - OFFSET) << SHIFT) + (1 << (SHIFT - 1))).astype(np.int32)
    bits ^= (bits >> 31) & np.int32(0x7FFFFFFF)
    with np.errstate(over="ignore", invalid="ignore"):
        found = bits.view(np.float32).astype(np.float64)
    return np.clip(np.nan_to_num(found, nan=0.0), -3e38, 3e38)
