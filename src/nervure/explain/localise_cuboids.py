"""The lattice of scopes: for each set of dimensions (a cuboid), which element each row belongs to."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import scipy
from numpy.typing import NDArray

from nervure.explain.localise_nouns import Array, Codes, Dimension


@dataclass(frozen=True, slots=True, eq=False)
class Cuboid:
    """One set of dimensions. element: for each row its element, numbered densely; members: elements x rows, ones where
    a row belongs to an element; price: nats it takes to name one of its elements."""

    dimensions: tuple[int, ...]
    element: Codes
    size: int
    members: scipy.sparse.csr_matrix
    price: float

    def rows(self, element: int) -> NDArray[np.int64]:
        """Rows of an element."""
        held: NDArray[np.int64] = self.members.indices[self.members.indptr[element] : self.members.indptr[element + 1]]
        return held

    def sums(self, values: Array) -> Array:
        """Sums over each element: of rows, or of rows x anything."""
        summed: Array = self.members @ values
        return summed


def cuboids(dimensions: Sequence[Dimension], layers: int) -> list[Cuboid]:
    """All sets of up to `layers` dimensions, small sets first.

    The price of an element is that of naming the number of dimensions, then which, then the element (a uniform prior over
    each): a scope of fewer dimensions or fewer values is cheaper, so it needs less evidence.
    """
    made = []
    for layer in range(1, layers + 1):
        ways = math.comb(len(dimensions), layer)
        for chosen in combinations(range(len(dimensions)), layer):
            element, size = _elements([dimensions[place] for place in chosen])
            rows = len(element)
            order = np.argsort(element, kind="stable")
            bounds = np.concatenate(([0], np.cumsum(np.bincount(element, minlength=size))))
            members = scipy.sparse.csr_matrix((np.ones(rows), order, bounds), shape=(size, rows))
            price = math.log(len(dimensions)) + math.log(ways) + math.log(max(size, 1))
            made.append(Cuboid(chosen, element, size, members, price))
    return made


def _elements(chosen: Sequence[Dimension]) -> tuple[Codes, int]:
    """Dense numbers of the combinations that occur."""
    element, size = np.zeros(len(chosen[0].codes), np.int64), 1
    for one in chosen:
        # Renumbered at each step: the product of many dimensions may pass 64 bits.
        element, size = _dense(element * len(one.values) + one.codes, size * len(one.values))
    return element, size


def _dense(numbers: Codes, bound: int) -> tuple[Codes, int]:
    """Numbers below `bound` as 0, 1, 2 ... in their order."""
    if bound > 4 * len(numbers) + 100_000:
        found, dense = np.unique(numbers, return_inverse=True)
        return dense.reshape(-1).astype(np.int64), len(found)
    present = np.zeros(bound, np.int64)
    present[numbers] = 1
    places = np.cumsum(present) - 1
    return places[numbers], int(present.sum())
