"""The live trickle: each request is sent when its simulated end has come, so that nothing lies in the future."""

from collections.abc import Iterator
from heapq import heappop, heappush
from random import Random

from nervure.base.clock import Clock
from nervure.demo import gauges
from nervure.demo.company import NS
from nervure.demo.meter import Meter
from nervure.demo.otlp import Outbox, Request
from nervure.demo.simulation import HOUR_NS, LONGEST_NS, Plan, find_services, hour, play

METRICS_EVERY_S = 15


class Trickle:
    """Continues where a back-fill to `from_ns` ended: sends what ends after that, also if it began before."""

    def __init__(self, plan: Plan, clock: Clock, from_ns: int) -> None:
        self._plan, self._clock = plan, clock
        self._company = find_services()
        self._from_ns = self._measured_ns = from_ns
        self._played_ns = from_ns - LONGEST_NS
        # (end, running number, its requests), earliest end first.
        self._running: list[tuple[int, int, list[Request]]] = []
        self._count = 0

    def due(self) -> Iterator[Request]:
        """Requests for everything that ended since the last call."""
        now_ns = self._clock.now_ns()
        self._begin(now_ns)
        while self._running and self._running[0][0] <= now_ns:
            yield from heappop(self._running)[2]
        if now_ns - self._measured_ns >= METRICS_EVERY_S * NS:
            outbox = Outbox()
            rng = Random(f"{self._plan.seed}/gauges/{now_ns}")
            gauges.write(outbox, rng, now_ns, self._plan.project)
            self._measured_ns = now_ns
            yield from outbox.take(everything=True)

    def _begin(self, now_ns: int) -> None:
        """Plays what began since the last call; it waits in the heap for its end."""
        for number in range(self._played_ns // HOUR_NS, now_ns // HOUR_NS + 1):
            for at_ns, service, seed in hour(self._plan, self._company, number):
                if not self._played_ns <= at_ns < now_ns:
                    continue
                outbox, meter = Outbox(), Meter()
                end_ns = play(self._plan, at_ns, service, seed, outbox, meter)
                meter.flush(outbox)
                if end_ns > self._from_ns:
                    self._count += 1
                    heappush(self._running, (end_ns, self._count, list(outbox.take(everything=True))))
        self._played_ns = max(self._played_ns, now_ns)
