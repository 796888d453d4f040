"""A detector of anomalies in one series: online, without looking ahead, one threshold for every series."""

import math
from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nervure.detect.anomaly.expect import Expectation
from nervure.detect.anomaly.novelty import Novelty
from nervure.detect.anomaly.tail import Tail

# Points remembered for what is usual.
MEMORY = 4000


class Point(NamedTuple):
    """What a point is told. score: 0..1, from 0.5 it is flagged. expected, low, high: where it was expected to lie (95 % of
    such points); NaN as long as nothing is known."""

    score: float
    flag: bool
    expected: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Settings:
    """threshold: -log10 of the chance from which a point is flagged. probation: points at least before anything is flagged.
    quiet: share of the points seen so far that an alarm is followed by silence for, unless far more surprising."""

    threshold: float = 5.0
    probation: int = 100
    quiet: float = 0.05


class Detector:
    """Feed it points in order of time; it answers before it learns from them.

    Judged are: the error of a forecast from what came just before, the error against the same time on earlier days
    (weeks, when there are enough), errors that stay on one side (level), errors that grow or vanish together (variance, flat line), and shapes
    of the last points that were never seen. Each is compared with its own past by the tail of its distribution.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self._expect = Expectation()
        self._novelty = Novelty()
        self._tails: dict[str, Tail] = {}
        self._short: deque[float] = deque(maxlen=8)
        self._long: deque[float] = deque(maxlen=48)
        self._count = 0
        self._flagged_at = -(10**9)
        self._flagged_surprise = 0.0
        self.parts: dict[str, float] = {}

    def update(self, time: float, value: float | None) -> Point:
        """The next point. time: seconds since 1970 (UTC), growing; value: None or NaN for a missing one, which is not judged."""
        if value is None or not math.isfinite(value):
            self._expect.skip(time)
            return Point(0.0, False, math.nan, math.nan, math.nan)
        forecast = self._expect.forecast(time)
        features = self._features(time, value, forecast)
        self.parts = {}
        floor = self._expect.scale * 0.01
        for name, feature in features.items():
            tail = self._tails.get(name)
            if tail is None:
                tail = self._tails[name] = Tail(MEMORY)
            tail.floor = floor if name not in ("calm", "shape") else 0.02
            self.parts[name] = tail.surprise(feature)
            tail.add(feature)
        self._expect.learn(time, value)
        self._count += 1
        return self._point(max(self.parts.values(), default=0.0), forecast)

    def _features(self, time: float, value: float, forecast: dict[str, float]) -> dict[str, float]:
        found: dict[str, float] = {}
        near, usual = forecast.get("near"), forecast.get("usual")
        if near is not None:
            found["jump"] = abs(value - near)
        if usual is not None:
            error = value - usual
            found["usual"] = abs(error)
            self._short.append(error)
            self._long.append(error)
            if len(self._short) == self._short.maxlen:
                found["level"] = abs(float(np.mean(self._short)))
            if len(self._long) == self._long.maxlen:
                held = np.abs(np.asarray(self._long))
                found["drift"] = abs(float(np.mean(self._long)))
                found["spread"] = float(np.mean(held))
                found["calm"] = -math.log(float(np.mean(held)) / max(self._expect.scale, 1e-12) + 1e-3) + 7
        shape = self._novelty.distance(value)
        if shape is not None:
            found["shape"] = shape
        return found

    def _point(self, surprise: float, forecast: dict[str, float]) -> Point:
        since = self._count - self._flagged_at
        threshold = self.settings.threshold
        if since < max(self.settings.quiet * self._count, 20) and surprise < 2 * self._flagged_surprise:
            # The same event goes on: it has been told.
            surprise = min(surprise, 0.98 * threshold)
        score = surprise / (surprise + threshold)
        flag = score >= 0.5 and self._count > self.settings.probation
        if flag:
            self._flagged_at, self._flagged_surprise = self._count, surprise
        centre = forecast.get("usual", forecast.get("near", math.nan))
        half = forecast.get("half", math.nan)
        return Point(score, flag, centre, centre - half, centre + half)
