"""How surprising a number is among those seen before it."""

import math

import numpy as np
from numpy.typing import NDArray

# What the tail is taken from: the largest twentieth.
TAIL = 0.05
REFRESH = 32


class Tail:
    """Remembers the last `size` numbers >= 0 and says how rare one larger than most of them is.

    The largest twentieth is fitted by a generalised Pareto distribution by its moments (Pickands 1975; Siffer et al. 2017
    use it for streams), never lighter than exponential: what has been seen rarely is not taken for impossible.
    """

    def __init__(self, size: int, overlap: float = 1.0) -> None:
        """overlap: how many neighbouring numbers say the same, so that so much less is known of the tail."""
        self._held: NDArray[np.float64] = np.zeros(size)
        self._size, self._count, self._since = size, 0, REFRESH
        self._level = self._scale = self._shape = 0.0
        self.floor, self._overlap = 1e-12, overlap

    def __len__(self) -> int:
        return min(self._count, self._size)

    def add(self, value: float) -> None:
        """Remember a number."""
        self._held[self._count % self._size] = value
        self._count += 1
        self._since += 1

    def surprise(self, value: float) -> float:
        """-log10 of the chance of a number at least as large; 0 within what is usual or as long as little is known."""
        if self._count < REFRESH:
            return 0.0
        if self._since >= REFRESH:
            self._fit()
        over = value - self._level
        if over <= 0:
            return 0.0
        if self._shape > 1e-3:
            rare = math.log1p(self._shape * over / self._scale) / self._shape
        else:
            rare = over / self._scale
        return float(-math.log10(TAIL) + rare / math.log(10))

    def most(self, surprise: float) -> float:
        """The number whose surprise that is; infinity while little is known."""
        if self._count < REFRESH:
            return float("inf")
        rare = (surprise + math.log10(TAIL)) * math.log(10)
        if self._shape > 1e-3:
            return float(self._level + self._scale * math.expm1(rare * self._shape) / self._shape)
        return float(self._level + self._scale * rare)

    def _fit(self) -> None:
        held = self._held[: len(self)]
        self._since = 0
        self._level = float(np.quantile(held, 1 - TAIL))
        over = held[held > self._level] - self._level
        mean = float(over.mean()) if len(over) else 0.0
        spread = float(over.var()) if len(over) > 1 else 0.0
        # Moments of the generalised Pareto; between exponential and a tail with a variance just finite.
        shape = 0.5 * (1 - mean * mean / spread) if spread > 0 else 0.0
        # A scale known from k numbers makes even an exponential tail a Pareto one of shape 1/k (its predictive distribution).
        self._shape = min(max(shape, 1 / max(TAIL * len(held) / self._overlap, 3)), 0.45)
        self._scale = max(mean * (1 - self._shape), self.floor, 1e-12)
