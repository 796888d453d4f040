"""What disturbs a request at a moment: the knobs turned by all faults whose scope it is in."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from nervure.base.clock import NS_PER_S
from nervure.demo.world.fault import Fault
from nervure.demo.world.knobs import CALM, Knobs
from nervure.demo.world.mechanism import Mechanism

HOUR_NS = 3600 * NS_PER_S


class Weather:
    """Faults by the hours they touch, so that calm hours cost nothing."""

    def __init__(self, faults: Iterable[Fault], mechanisms: Mapping[str, Mechanism]) -> None:
        self._mechanisms = mechanisms
        self._by_hour: dict[int, list[Fault]] = defaultdict(list)
        for fault in faults:
            for hour in range(fault.onset_ns // HOUR_NS, (fault.end_ns - 1) // HOUR_NS + 1):
                self._by_hour[hour].append(fault)

    def near(self, now_ns: int) -> list[Fault]:
        """Faults that touch the hour."""
        return self._by_hour.get(now_ns // HOUR_NS, [])

    def at(self, now_ns: int, dims: Mapping[str, str]) -> Knobs:
        """The knobs for a piece of work with these dimensions. Treat the answer as read-only."""
        knobs = CALM
        for fault in self._by_hour.get(now_ns // HOUR_NS, ()):
            if any(dims.get(name) != value for name, value in fault.scope.items()):
                continue
            level = fault.level(now_ns)
            # Who meets a faulty version meets all of it: its shape is how far it is rolled out.
            if level and ("release" in fault.scope or "prompt_version" in fault.scope):
                level = 1.0
            if level:
                knobs = Knobs() if knobs is CALM else knobs
                self._mechanisms[fault.cause].disturb(knobs, fault, level * fault.strength)
        return knobs
