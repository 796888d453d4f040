"""How often somebody may ask: token buckets in memory."""

import threading
from collections import OrderedDict

from nervure.base.clock import Clock
from nervure.base.errors import QueueFull

# Whoever has not asked for longest is forgotten first; their bucket would be full again anyway.
MOST_REMEMBERED = 20_000


class Rates:
    """Thread-safe. Each replica counts for itself."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, who: str, per_minute: int) -> None:
        """Takes one of `per_minute` that fill again evenly. Raises QueueFull with the time until there is one."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            left, since_s = self._buckets.pop(who, (float(per_minute), now_s))
            left = min(float(per_minute), left + (now_s - since_s) * per_minute / 60)
            is_free = left >= 1
            self._buckets[who] = (left - 1 if is_free else left, now_s)
            if len(self._buckets) > MOST_REMEMBERED:
                self._buckets.popitem(last=False)
        if not is_free:
            raise QueueFull(
                f"at most {per_minute} in a minute are taken: send this again later", (1 - left) * 60 / per_minute
            )
