"""What a series is expected to be next: by its level, and by the same time on earlier days and weekdays."""

import math
from collections import deque

import numpy as np

DAY, WEEK = 86400.0, 7 * 86400.0
# How often a season must have been seen in full before it is used.
SEEN = {DAY: 1.0, WEEK: 2.0}


class Season:
    """Values by the time within a period, e.g. by the time of day. What is expected of a moment is the band that its slot
    and both neighbours span: a rhythm that comes a little early or late is still the rhythm."""

    def __init__(self, period_s: float) -> None:
        self._period = period_s
        self._slots: dict[int, float] = {}
        self._started: float | None = None
        self._width = 0.0
        self._learned = -1

    def band(self, time: float) -> tuple[float, float, float] | None:
        """Lowest, own and highest value expected; None before the period has been seen in full."""
        if self._started is None or time - self._started < SEEN[self._period] * self._period:
            return None
        slot, slots = self._slot(time), round(self._period / self._width)
        own = self._slots.get(slot)
        if own is None:
            return None
        near = [own, *(v for n in (slot - 1, slot + 1) if (v := self._slots.get(n % slots)) is not None)]
        return min(near), own, max(near)

    def learn(self, time: float, value: float, step_s: float) -> None:
        """The point that came; step_s: the usual time between points."""
        if self._started is None:
            self._started = time
            self._width = self._period / max(1, round(self._period / max(step_s, 900.0)))
        slot = self._slot(time)
        known = self._slots.get(slot)
        # Several points of one visit to a slot share the weight of one.
        share = 0.4 / max(1.0, 0.6 * self._width / step_s)
        self._slots[slot] = value if known is None else known + share * (value - known)

    def _slot(self, time: float) -> int:
        return int((time % self._period) // self._width)


class Expectation:
    """Forecasts from the past only, by several ways. scale: how far the series usually is from its own middle."""

    def __init__(self) -> None:
        self.scale = 0.0
        self.step_s = math.nan
        self._steps: deque[float] = deque(maxlen=50)
        self._time: float | None = None
        self._level = 0.0
        self._count = 0
        self._seen: deque[float] = deque(maxlen=2000)
        self._seasons: dict[str, Season] = {}

    def bands(self, time: float) -> dict[str, tuple[float, float, float]]:
        """By the name of each way that knows enough: lowest, middle and highest value expected."""
        if not self._count:
            return {}
        told = {"level": (self._level, self._level, self._level)}
        for name, season in self._seasons.items():
            band = season.band(time)
            if band is not None:
                told[name] = band
        return told

    def learn(self, time: float, value: float) -> None:
        """The point that came."""
        self._level = (
            value if not self._count else self._level + max(0.02, 1 / (self._count + 1)) * (value - self._level)
        )
        self._seen.append(value)
        self._count += 1
        if self._count % 25 == 0 or self._count < 25:
            held = np.asarray(self._seen)
            self.scale = max(float(np.std(held)), 1e-9 * (1 + float(np.abs(held).max())))
        self.skip(time)
        if self._count == 20:
            self.step_s = float(np.median(self._steps)) if self._steps else math.nan
            if self.step_s <= DAY / 6:
                self._seasons["day"] = Season(DAY)
            if self.step_s <= DAY:
                self._seasons["week"] = Season(WEEK)
        for season in self._seasons.values():
            season.learn(time, value, self.step_s)

    def skip(self, time: float) -> None:
        """Time passes, whether a value came or not."""
        if self._time is not None and time > self._time:
            self._steps.append(time - self._time)
        self._time = time
