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
        self._end = 0
        self._centre = 0.0

    def distance(self, value: float) -> float | None:
        """Root mean square difference to the most similar earlier window; None while little is known."""
        if self._end == len(self._held):
            self._held[: self._memory] = self._held[-self._memory :].copy()
            self._end = self._memory
        self._held[self._end] = value
        self._end += 1
        width = self._width
        if self._end < 6 * width:
            return None
        held = self._held[max(0, self._end - self._memory) : self._end]
        if self._end % 100 == 0:
            # Sums of squares lose their digits far from 0.
            self._centre = float(held.mean())
        held = held - self._centre
        last, past = held[-width:], held[:-width]
        powers = np.cumsum(past * past)
        norms = powers[width - 1 :].copy()
        norms[1:] -= powers[:-width]
        nearest = float(np.min(norms - 2 * np.correlate(past, last, "valid"))) + float(last @ last)
        return float(np.sqrt(max(nearest, 0.0) / width))
