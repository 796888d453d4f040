"""A detector of anomalies in one series: online, without looking ahead, one threshold for every series."""

import math
from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

from nervure.detect.anomaly.expect import Expectation
from nervure.detect.anomaly.novelty import Novelty
from nervure.detect.anomaly.tail import Tail

# Points remembered for what is usual.
MEMORY = 4000
# Points after which a way to expect may be followed.
TRIAL = 100
# Surprise above which an outlier is remembered as no larger.
CAPPED = 4.0
# How much more surprising than the last alarm a point must be to break the silence after it.
AGAIN = 1.6
# Smallest scale of a tail, as a share of the series' standard deviation.
FLOOR = 0.01
# Features of many points say nearly the same from one point to the next: so much less is known of their tails.
OVERLAP = {"level": 2.0, "drift": 12.0, "spread": 12.0}
# How much the surprise of a feature counts.
WEIGHTS = {"shape": 0.8, "flat": 0.7}


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
    quiet: share of the points seen so far that an alarm is followed by silence for (at least 20 points, at most 100), unless
    something comes that surprises half as much again or more."""

    threshold: float = 3.5
    probation: int = 100
    quiet: float = 0.05

    def silence(self, seen: int) -> float:
        """Points of silence after an alarm when so many have been seen."""
        return min(max(self.quiet * seen, 20), 100)


class _Errors:
    """Errors of one way to expect: the latest, and their worth (mean absolute error of late)."""

    def __init__(self) -> None:
        self.short: deque[float] = deque(maxlen=8)
        self.long: deque[float] = deque(maxlen=48)
        self.worth = 0.0
        self.count = 0
        self.sums = [0.0, 0.0, 0.0]

    def add(self, error: float) -> None:
        if len(self.short) == self.short.maxlen:
            self.sums[0] -= self.short[0]
        if len(self.long) == self.long.maxlen:
            self.sums[1] -= self.long[0]
            self.sums[2] -= abs(self.long[0])
        self.short.append(error)
        self.long.append(error)
        self.sums = [self.sums[0] + error, self.sums[1] + error, self.sums[2] + abs(error)]

    def features(self) -> dict[str, float]:
        found = {"usual": abs(self.short[-1])}
        if len(self.short) == self.short.maxlen:
            found["level"] = abs(self.sums[0]) / 8
        if len(self.long) == self.long.maxlen:
            found["drift"] = abs(self.sums[1]) / 48
            found["spread"] = max(self.sums[2], 0.0) / 48
        return found


class Detector:
    """Feed it points in order of time; it answers before it learns from them.

    Judged are: the jump from the last points; the error against the level and against the same time on earlier days and
    weekdays, whichever has been nearest of late; errors that stay on one side (level, drift), errors that grow or
    vanish together (spread, calm); shapes of the last points that were never seen. Each is compared with its own past
    by the tail of its distribution.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self._expect = Expectation()
        self._novelty = Novelty()
        self._tails: dict[str, Tail] = {}
        self._errors: dict[str, _Errors] = {}
        self._last: deque[float] = deque(maxlen=6)
        self._count = self._run = 0
        self._flagged_at = -(10**9)
        self._flagged_surprise = 0.0
        self.parts: dict[str, float] = {}

    def update(self, time: float, value: float | None) -> Point:
        """The next point. time: seconds since 1970 (UTC), growing; value: None or NaN for a missing one, which is not judged."""
        if value is None or not math.isfinite(value):
            self._expect.skip(time)
            return Point(0.0, False, math.nan, math.nan, math.nan)
        # Squares of larger numbers cannot be held.
        value = min(max(value, -1e100), 1e100)
        bands = self._expect.bands(time)
        judged: dict[str, float] = {}
        if len(self._last) == self._last.maxlen:
            judged["jump"] = self._surprise("jump", abs(value - sorted(self._last)[3]))
        best = self._best()
        for way, (low, _, high) in bands.items():
            errors = self._errors.setdefault(way, _Errors())
            error = value - high if value > high else min(value - low, 0.0)
            errors.add(error)
            for name, feature in errors.features().items():
                surprise = self._surprise(f"{way} {name}", feature)
                if way == best:
                    judged[name] = surprise
        for way, (_, middle, _) in bands.items():
            errors = self._errors[way]
            errors.count += 1
            errors.worth += max(0.005, 1 / errors.count) * (abs(value - middle) - errors.worth)
        self._run = self._run + 1 if self._last and value == self._last[-1] else 0
        judged["flat"] = self._surprise("flat", float(self._run))
        shape = self._novelty.distance(value)
        if shape is not None:
            judged["shape"] = self._surprise("shape", shape)
        self._last.append(value)
        self._expect.learn(time, value)
        self._count += 1
        self.parts = {name: surprise * WEIGHTS.get(name, 1.0) for name, surprise in judged.items()}
        return self._point(max(self.parts.values(), default=0.0), bands.get(best) if best else None, best)

    def _best(self) -> str | None:
        """The way of expecting that has been nearest of late."""
        # A way must have shown that it is better before it is followed.
        ready = [way for way, errors in self._errors.items() if errors.count >= TRIAL or way == "level"]
        return min(ready, key=lambda way: self._errors[way].worth, default=None)

    def _surprise(self, name: str, feature: float) -> float:
        tail = self._tails.get(name)
        if tail is None:
            tail = self._tails[name] = Tail(MEMORY, OVERLAP.get(name.split()[-1], 1.0))
        tail.floor = 1.0 if name == "flat" else self._expect.scale * FLOOR
        surprise = tail.surprise(feature)
        # An outlier teaches that such a thing happens, not how large the next may be.
        tail.add(min(feature, tail.most(CAPPED)))
        return surprise

    def _point(self, surprise: float, band: tuple[float, float, float] | None, best: str | None) -> Point:
        since = self._count - self._flagged_at
        threshold = self.settings.threshold
        if since < self.settings.silence(self._count) and surprise < AGAIN * self._flagged_surprise:
            # The same event goes on: it has been told.
            surprise = min(surprise, 0.98 * threshold)
        score = surprise / (surprise + threshold)
        flag = score >= 0.5 and self._count > self.settings.probation
        if flag:
            self._flagged_at, self._flagged_surprise = self._count, surprise
        if band is None:
            return Point(score, flag, math.nan, math.nan, math.nan)
        half = (
            self._tails[f"{best} usual"].most(-math.log10(0.05))
            if len(self._tails[f"{best} usual"]) >= 30
            else math.nan
        )
        return Point(score, flag, band[1], band[0] - half, band[2] + half)
