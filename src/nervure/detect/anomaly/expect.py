"""What a series is expected to be next: from the last points, from the level, and from the same time on earlier days."""

import math
from collections import deque

import numpy as np

DAY = 86400.0


class Expectation:
    """Forecasts made from the past only. scale: how far the series usually is from its own middle."""

    def __init__(self) -> None:
        self.scale = 0.0
        self._last: deque[float] = deque(maxlen=6)
        self._steps: deque[float] = deque(maxlen=64)
        self._time: float | None = None
        self._started: float | None = None
        self._level = 0.0
        self._count = 0
        self._seen: deque[float] = deque(maxlen=2000)
        self._profile: dict[int, float] = {}
        self._worth = [1.0, 1.0]
        self._error = deque[float](maxlen=500)

    def forecast(self, time: float) -> dict[str, float]:
        """near: from the last points. usual: from the level and the time of day. half: half width of 95 % of errors."""
        if not self._count:
            return {}
        told = {"near": float(np.median(self._last)), "usual": self._usual(time)}
        if len(self._error) >= 30:
            told["half"] = self._half
        return told

    def _usual(self, time: float) -> float:
        slot = self._profile.get(self._slot(time))
        if slot is None or self._time is None or self._started is None or self._time - self._started < DAY:
            return self._level
        # Whichever has been nearer of late: a series without a day's rhythm is not forced into one.
        return slot if self._worth[1] < self._worth[0] else self._level

    def _slot(self, time: float) -> int:
        step = float(np.median(self._steps)) if self._steps else 3600.0
        return int((time % DAY) // max(step, 300.0))

    def learn(self, time: float, value: float) -> None:
        """The point that came."""
        if self._count:
            self._error.append(abs(value - self._usual(time)))
            if self._count % 25 == 0:
                self._half = float(np.quantile(self._error, 0.95))
        slot = self._slot(time)
        known = self._profile.get(slot)
        if known is not None:
            for place, forecast in enumerate((self._level, known)):
                self._worth[place] += 0.01 * (abs(value - forecast) - self._worth[place])
        self._profile[slot] = value if known is None else known + 0.4 * (value - known)
        self._level = value if not self._count else self._level + 0.02 * (value - self._level)
        self._last.append(value)
        self._seen.append(value)
        self._count += 1
        if self._count % 25 == 0 or self._count < 25:
            held = np.asarray(self._seen)
            self.scale = max(float(np.std(held)), 1e-9 * (1 + float(np.abs(held).max())))
        self.skip(time)

    _half = math.nan

    def skip(self, time: float) -> None:
        """Time passes, whether a value came or not."""
        if self._time is not None and time > self._time:
            self._steps.append(time - self._time)
        self._time = time
        self._started = time if self._started is None else self._started
