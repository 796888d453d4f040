"""Shapes never seen: how far the last points are from the most similar stretch of the past.

The left matrix profile (Yeh et al. 2016), one column a point, over windows scaled by the series' own spread rather than
each by its own: a small ripple is no shape.
"""

import numpy as np
from numpy.typing import NDArray


class Novelty:
    """Distance of the latest window to its nearest neighbour in the past. width: points of a window."""

    def __init__(self, width: int = 24, memory: int = 4000) -> None:
        self._width, self._memory = width, memory
        self._held: NDArray[np.float64] = np.zeros(2 * memory)
        self._squares: NDArray[np.float64] = np.zeros(2 * memory)
        self._end = 0

    def distance(self, value: float) -> float | None:
        """Root mean square difference to the most similar earlier window over the spread; None while little is known."""
        if self._end == len(self._held):
            self._held[: self._memory] = self._held[-self._memory :].copy()
            self._end = self._memory
        self._held[self._end] = value
        self._end += 1
        width = self._width
        if self._end < 6 * width:
            return None
        held = self._held[max(0, self._end - self._memory) : self._end]
        spread = float(held.std())
        if spread <= 1e-12 * (1 + float(np.abs(held).max())):
            return 0.0
        held = (held - held.mean()) / spread
        last, past = held[-width:], held[:-width]
        dots = np.correlate(past, last, "valid")
        powers = np.concatenate(([0.0], np.cumsum(past * past)))
        norms = powers[width:] - powers[:-width]
        nearest = float(np.min(norms - 2 * dots)) + float(last @ last)
        return float(np.sqrt(max(nearest, 0.0) / width))
