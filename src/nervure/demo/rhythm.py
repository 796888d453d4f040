"""How much happens when: the share of a day's traffic in each hour of a week, in UTC."""

from dataclasses import dataclass
from datetime import UTC, datetime
from math import exp
from random import Random


@dataclass(frozen=True, slots=True)
class Rhythm:
    """hours: 24 relative weights. days: 7 relative weights, Monday first; 1.0 is an ordinary working day."""

    hours: tuple[float, ...]
    days: tuple[float, ...]

    def share(self, hour: int) -> float:
        """Part of an ordinary day's traffic that falls into one hour (hours since the epoch)."""
        at = datetime.fromtimestamp(hour * 3600, UTC)
        return self.hours[at.hour] / sum(self.hours) * self.days[at.weekday()]


def _bump(centre: float, width: float, base: float) -> tuple[float, ...]:
    def distance(hour: int) -> float:
        return min(abs(hour - centre), 24 - abs(hour - centre))

    return tuple(base + exp(-((distance(hour) / width) ** 2)) for hour in range(24))


SHOP = Rhythm(_bump(19, 5, 0.12), (1.0, 0.95, 0.98, 1.02, 1.12, 1.35, 1.28))
OFFICE = Rhythm(_bump(13, 4, 0.02), (1.0, 1.1, 1.08, 1.05, 0.85, 0.12, 0.08))
CALLS = Rhythm(_bump(11, 3.5, 0.03), (1.25, 1.05, 1.0, 0.95, 0.95, 0.45, 0.2))
NIGHT = Rhythm(_bump(2, 2, 0.03), (1.0, 1.0, 1.0, 1.0, 1.0, 0.6, 0.6))


def arrivals(rng: Random, expected: float) -> int:
    """How many events happen when `expected` are: a Poisson draw (normal approximation above 50)."""
    if expected > 50:
        return max(0, round(rng.gauss(expected, expected**0.5)))
    limit, product, count = exp(-expected), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count
